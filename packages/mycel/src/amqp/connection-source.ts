import type { AmqpConnection, ConnectOptions } from '../protocol/client/index.ts';

/** What every new connection is told, wherever it leads. */
export type ConnectionDetails = Pick<ConnectOptions, 'connectionName' | 'signal' | 'onError'>;

/** Where a transport gets its connections from: brokers on the network, or one in this process. */
export interface ConnectionSource {
  /** Where the broker is, for people: without passwords. */
  readonly target: string;
  /** The broker that the last connection led to; `undefined` before there was one, and where it is not on the network. */
  readonly reached?: ConnectOptions | undefined;
  /** Only programs on this machine can reach it. @default false */
  readonly isLocal?: boolean | undefined;
  /** Makes one attempt. Rejects with a `BrokerUnavailableError` that says what was tried, or once `signal` aborts. */
  connect(details: ConnectionDetails): Promise<AmqpConnection>;
  /** Called once, after the last connection was closed. */
  close?(): Promise<void>;
}
