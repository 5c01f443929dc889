/** A queue as the broker has it. The counts are of this moment, not of the broker's last round of statistics. */
export interface QueueState {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Ready and unacknowledged messages together. */
  readonly messages: number;
}

/** A vhost made for one test, with the URI to connect to it. */
export interface OwnVhost {
  readonly name: string;
  readonly uri: string;
}

/** What tests do to a RabbitMQ from outside its AMQP port. */
export interface RabbitAdmin {
  createVhost(name: string): Promise<OwnVhost>;
  deleteVhost(name: string): Promise<void>;
  /** Grants the user of a vhost all rights there to what has a matching name, and none to anything else; that to configure by a pattern of its own, if there is one. */
  permit(vhost: string, pattern: string, configure?: string): Promise<void>;
  queues(vhost: string): Promise<QueueState[]>;
  /** Closes every connection to the vhost from the broker's side, as an operator does. */
  closeConnections(vhost: string, reason: string): Promise<void>;
}

/** Makes the URI of a vhost from the URI of its broker, with another user if one is given. */
export function vhostUri(brokerUri: string, vhost: string, user?: string): string {
  const uri = new URL(brokerUri);
  uri.pathname = `/${encodeURIComponent(vhost)}`;
  if (user !== undefined) [uri.username, uri.password] = [user, user];
  return uri.href;
}
