import { BrokerEngine } from '../engine/broker-engine.ts';
import type { EngineOptions } from '../engine/engine-options.ts';
import { BrokerServer, type BrokerServerOptions } from './broker-server.ts';
import { authority } from './loopback.ts';

/** Options of an embedded broker: of its engine, and of the server in front of it. */
export interface StartBrokerOptions extends Omit<BrokerServerOptions, 'engine'>, EngineOptions {}

/** An embedded broker that listens. What it keeps is gone when it is closed. */
export interface EmbeddedBroker extends AsyncDisposable {
  readonly engine: BrokerEngine;
  readonly server: BrokerServer;
  /** Where clients connect to, with the first of its users and its first virtual host. Holds a password. */
  readonly uri: string;
  /** Where its status is told over HTTP, on the same machine. */
  readonly statusUrl: string;
  /** Says goodbye to the clients, ends their connections and forgets everything. Idempotent; never rejects. */
  close(): Promise<void>;
}

/**
 * Starts an embedded broker: `await using broker = await startBroker({ port: 0 })`. Rejects with a `BrokerListenError` when it
 * cannot listen.
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<EmbeddedBroker> {
  const { limits, maxMessageBytes, users = { guest: 'guest' }, vhosts = ['/'] } = options;
  const engine = new BrokerEngine(options);
  const server = await BrokerServer.listen({
    ...options,
    engine,
    limits: { ...(maxMessageBytes === undefined ? {} : { messageBytes: maxMessageBytes }), ...limits },
  });
  const at = authority(server.address.host, server.address.port);
  const [user = '', password = ''] = Object.entries(users)[0] ?? [];
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const close = async (): Promise<void> => {
    await server.close();
    engine.close();
  };
  return {
    engine,
    server,
    uri: `amqp://${login}@${at}/${encodeURIComponent(vhosts[0] ?? '/')}`,
    statusUrl: `http://${at}/status`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
