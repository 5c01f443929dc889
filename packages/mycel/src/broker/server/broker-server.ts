import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { messageOf, UsageError } from '../../foundation/errors.ts';
import { type Logger, silentLogger } from '../../foundation/logger.ts';
import { processIdentity } from '../../foundation/process-identity.ts';
import { protocol } from '../../protocol/codec/index.ts';
import type { BrokerEngine } from '../engine/broker-engine.ts';
import type { Users } from './authenticate.ts';
import { awaitGreeting } from './greeting.ts';
import { listenError } from './listen-error.ts';
import { Newcomers } from './newcomers.ts';
import { PartialBudget } from './partial-budget.ts';
import type { ConnectionHost } from './connection-host.ts';
import { QuietWarnings } from './quiet-warnings.ts';
import { ServerConnection } from './server-connection.ts';
import { resolveServerLimits, type ServerLimits } from './server-limits.ts';
import { StatusPage } from './status-page.ts';
import { UnsentBudget } from './unsent-budget.ts';

const { PROTOCOL_HEADER, REPLY_CODE } = protocol;

/** A client may agree on no heartbeats: the system asks it then, when it has been silent for so long, whether it is still there. */
const keepAliveMs = 60_000;

/** Where a broker listens, and for whom. */
export interface BrokerServerOptions {
  /** What the server gives access to. It outlives the server, and is closed by whoever made it. */
  readonly engine: BrokerEngine;
  /** An address of this machine, or a name of one. @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes any free one. @default 5672 */
  readonly port?: number;
  /** Passwords by user name. The user `guest` may connect from this machine only. @default { guest: 'guest' } */
  readonly users?: Readonly<Record<string, string>>;
  readonly limits?: Partial<ServerLimits>;
  /** @default none */
  readonly logger?: Logger;
}

/** Where a server listens, its port as it was given. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * AMQP 0-9-1 over TCP in front of a {@link BrokerEngine}, and its status over HTTP on the same port.
 *
 * States: *listening* from the start; *closing*, with no connection taken, the clients told (320); *closed*.
 */
export class BrokerServer {
  readonly engine: BrokerEngine;
  readonly address: BrokerAddress;
  readonly #server: Server;
  readonly #limits: ServerLimits;
  readonly #newcomers: Newcomers;
  /** Every socket, with its connection once its client has greeted. */
  readonly #sockets = new Map<Socket, ServerConnection | undefined>();
  readonly #host: ConnectionHost;
  readonly #statusPage: StatusPage;
  readonly #startedAt = Date.now();
  #isFull = false;
  #closing: Promise<void> | undefined;

  private constructor(server: Server, options: BrokerServerOptions, limits: ServerLimits) {
    const { engine, users = { guest: 'guest' }, logger = silentLogger } = options;
    // It listens, and on no pipe.
    const { address: host, port } = server.address() as AddressInfo;
    this.engine = engine;
    this.address = { host, port };
    this.#server = server;
    this.#limits = limits;
    this.#newcomers = new Newcomers(limits.handshakeTimeoutMs, limits.unopenedPerAddress);
    this.#host = {
      engine,
      users: { ...users } satisfies Users,
      limits,
      instance: randomUUID(),
      partials: new PartialBudget(limits.partialBytes),
      unsent: new UnsentBudget(limits.unsentBytes),
      logger,
      warnings: new QuietWarnings(logger),
      opened: (socket) => this.#newcomers.remove(socket),
    };
    this.#statusPage = new StatusPage(() => this.#status());
    server.on('connection', (socket) => this.#take(socket));
    server.on('error', (error) => logger.error({ err: error }, `no connection could be taken: ${messageOf(error)}`));
  }

  /** Listens. Rejects with a `BrokerListenError` when that cannot be, with a `UsageError` for limits that cannot be. */
  static async listen(options: BrokerServerOptions): Promise<BrokerServer> {
    const { host = '127.0.0.1', port = 5672 } = options;
    const limits = resolveServerLimits(options.limits);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new UsageError(`The broker's port must be a whole number from 0 to 65535, not ${String(port)}`);
    }
    const server = createServer({ noDelay: true });
    server.listen({ host, port });
    try {
      await once(server, 'listening');
    } catch (error) {
      throw await listenError(host, port, error);
    }
    return new BrokerServer(server, options, limits);
  }

  /** What tells this server from others, also on the wire. */
  get instance(): string {
    return this.#host.instance;
  }

  /** Takes no connection any more and ends those there are, with a word to their clients. Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    // 1. Nobody new.
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    // 2. A goodbye to the clients. Each connection ends by itself, in time; whoever has not even greeted is dropped.
    const text = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'";
    for (const [socket, connection] of this.#sockets) {
      if (connection) connection.close(REPLY_CODE.connectionForced, text);
      else socket.destroy();
    }
    await closed;
    this.#host.warnings.end();
  }

  #take(socket: Socket): void {
    // An error is followed by a close, and here nothing is to be done about it.
    socket.on('error', () => undefined);
    if (this.#closing || this.#sockets.size >= this.#limits.connections) {
      this.#full();
      socket.destroy();
      return;
    }
    this.#isFull = false;
    socket.setKeepAlive(true, keepAliveMs);
    this.#sockets.set(socket, undefined);
    this.#newcomers.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#newcomers.remove(socket);
    });
    awaitGreeting(socket, {
      amqp: () => this.#connect(socket),
      http: () => this.#statusPage.take(socket),
      neither: () => {
        socket.end(PROTOCOL_HEADER);
        socket.resume();
      },
    });
  }

  #connect(socket: Socket): void {
    this.#sockets.set(socket, new ServerConnection(socket, this.#host));
    socket.resume();
  }

  /** A flood must not become one of the log. */
  #full(): void {
    if (this.#isFull || this.#closing) return;
    this.#isFull = true;
    this.#host.warnings.warn({}, `all ${this.#limits.connections} connections are in use: further ones are dropped`);
  }

  #status(): unknown {
    const { mycel, pid } = processIdentity();
    return {
      server: {
        product: 'Mycel',
        version: mycel,
        instance: this.#host.instance,
        pid,
        node: process.version,
        ...this.address,
        uptimeSeconds: Math.round((Date.now() - this.#startedAt) / 1000),
        sockets: this.#sockets.size,
        notOpenYet: this.#newcomers.size,
      },
      ...this.engine.status(),
    };
  }
}
