import {
  AmqpConnection,
  AmqpServerError,
  type Agreement,
  type ConnectOptions,
  introduce,
  resolveConnectOptions,
  VhostRefusedError,
} from '../../protocol/client/index.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';
import type { BrokerEngine } from '../engine/broker-engine.ts';
import { serverProperties } from '../server/server-properties.ts';
import { InProcessLink } from './in-process-link.ts';
import type { Tap } from './tap.ts';

/** What of the options of a connection means something without a network. */
type ClientOptions = Pick<
  ConnectOptions,
  'vhost' | 'frameMax' | 'channelMax' | 'connectionName' | 'clientProperties' | 'closeTimeoutMs' | 'onError'
>;

/** How to connect to an engine in this process. */
export interface InProcessOptions extends ClientOptions {
  /** Who connects; nobody asks for a password. @default 'guest' */
  readonly user?: string;
  /** Sees, changes or drops what goes over the connection. @default nobody does */
  readonly tap?: Tap;
}

/**
 * Connects to an engine in this process: the same client as over a socket, without bytes in between. What has no form on
 * the wire is refused all the same, and every message arrives as a copy. To cut the connection as a network does, destroy it
 * with an error. Rejects with a `VhostRefusedError` when there is no such virtual host.
 */
export async function connectInProcess(engine: BrokerEngine, options: InProcessOptions = {}): Promise<AmqpConnection> {
  const { user = 'guest', tap = {}, ...client } = options;
  const { vhost, frameMax, channelMax, connectionName, clientProperties } = resolveConnectOptions(client);
  const who = {
    vhost,
    user,
    ...(connectionName === undefined ? {} : { name: connectionName }),
    clientProperties: introduce({ connectionName, clientProperties }),
  };
  const link = open(() => new InProcessLink(engine, who, { frameMax, tap }));
  const agreement: Agreement = { serverProperties: serverProperties(''), frameMax, channelMax, heartbeatSeconds: 0 };
  return AmqpConnection.over(link, agreement, client);
}

function open(make: () => InProcessLink): InProcessLink {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof AmqpFault)) throw error;
    const cause = new AmqpServerError('connection', error.replyCode, error.replyText, error.method);
    throw new VhostRefusedError(`The broker in this process refused the connection: ${error.message}`, { cause });
  }
}
