import {
  type AmqpChannel,
  AmqpConnection,
  type ConnectOptions,
  type QueueOptions,
} from '../../../protocol/client/index.ts';
import type { FieldTable } from '../../../protocol/codec/index.ts';

/** What a behaviour chooses of a connection; where it goes is the broker's. */
export type WorldConnectOptions = Pick<
  ConnectOptions,
  'vhost' | 'credentials' | 'clientProperties' | 'connectionName' | 'channelMax' | 'frameMax' | 'onError'
>;

/** Where a broker listens, and as whom to enter. */
export interface BrokerEntrance {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/**
 * A virtual host in which nothing was ever declared. Disposing it removes it. It has an `entrance`, or else, for a broker in
 * this process, `connect` and the capability `tcp` among what it lacks.
 */
export interface EmptyVhost extends AsyncDisposable {
  readonly vhost: string;
  readonly entrance?: BrokerEntrance;
  /** Connects to this virtual host, unless the options name another. @default by TCP, through the entrance */
  readonly connect?: (options: WorldConnectOptions) => Promise<AmqpConnection>;
  /** Whom connections are opened for. @default the one of the entrance, or else `guest` */
  readonly user?: string;
}

/** The world of one behaviour: an empty virtual host, and what the behaviour opened in it. Disposing it closes all. */
export class BrokerWorld implements AsyncDisposable {
  readonly #place: EmptyVhost;
  readonly #connections: AmqpConnection[] = [];
  #shared: Promise<AmqpConnection> | undefined;

  constructor(place: EmptyVhost) {
    this.#place = place;
  }

  get vhost(): string {
    return this.#place.vhost;
  }

  get user(): string {
    return this.#place.user ?? this.#place.entrance?.username ?? 'guest';
  }

  /** Where the broker listens. Throws for a broker without the capability `tcp`. */
  get entrance(): BrokerEntrance {
    const { entrance } = this.#place;
    if (!entrance) throw new Error('This broker has no entrance by TCP, yet it is not said to lack it');
    return entrance;
  }

  /** Opens a connection of its own. */
  async connect(options: WorldConnectOptions = {}): Promise<AmqpConnection> {
    const connection = await (this.#place.connect?.(options) ?? this.#enter(options));
    this.#connections.push(connection);
    return connection;
  }

  /** Opens a channel on the connection that channels share. */
  async channel(): Promise<AmqpChannel> {
    this.#shared ??= this.connect();
    return (await this.#shared).openChannel();
  }

  /** Opens a channel that confirms. */
  async confirming(): Promise<AmqpChannel> {
    const channel = await this.channel();
    await channel.confirmSelect();
    return channel;
  }

  /** Opens a confirming channel and declares the queue `q` in it. */
  async withQueue(args: FieldTable = {}, options: QueueOptions = {}): Promise<AmqpChannel> {
    const channel = await this.confirming();
    await channel.declareQueue('q', { arguments: args, ...options });
    return channel;
  }

  /** Adds the virtual host as texts of faults name it: `queue 'q' in vhost '/'`. */
  in(what: string): string {
    return `${what} in vhost '${this.vhost}'`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#connections.map(async (connection) => connection.close()));
    await this.#place[Symbol.asyncDispose]();
  }

  async #enter(options: WorldConnectOptions): Promise<AmqpConnection> {
    const { host, port, username, password } = this.entrance;
    const credentials = { mechanism: 'PLAIN', username, password } as const;
    return AmqpConnection.connect({ host, port, vhost: this.vhost, credentials, ...options });
  }
}
