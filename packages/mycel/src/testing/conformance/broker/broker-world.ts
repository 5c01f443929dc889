import type { AmqpChannel, AmqpConnection, ConnectOptions, QueueOptions } from '../../../protocol/client/index.ts';
import type { FieldTable } from '../../../protocol/codec/index.ts';

/** What a behaviour chooses of a connection; where it goes is the broker's. */
export type WorldConnectOptions = Pick<
  ConnectOptions,
  'vhost' | 'credentials' | 'clientProperties' | 'connectionName' | 'channelMax' | 'frameMax' | 'onError'
>;

/** A virtual host in which nothing was ever declared. Disposing it removes it. */
export interface EmptyVhost extends AsyncDisposable {
  readonly vhost: string;
  /** The user that connections are opened for. */
  readonly user: string;
  /** Connects to this virtual host, unless the options name another. */
  connect(options?: WorldConnectOptions): Promise<AmqpConnection>;
  /** Where the broker listens; undefined when it is in this process. */
  readonly address?: BrokerAddress;
}

/** Where a broker listens, and as whom to enter. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
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
    return this.#place.user;
  }

  /** Where the broker listens. Throws for a broker without the capability `tcp`. */
  get address(): BrokerAddress {
    const { address } = this.#place;
    if (!address) throw new Error('This broker is in the process: it has no address');
    return address;
  }

  /** Opens a connection of its own. */
  async connect(options: WorldConnectOptions = {}): Promise<AmqpConnection> {
    const connection = await this.#place.connect(options);
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
}
