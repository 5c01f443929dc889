import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import type { QueueState, RabbitAdmin } from './rabbit-admin.ts';
import { RabbitManagement } from './rabbit-management.ts';
import { Rabbitmqctl } from './rabbitmqctl.ts';

export type { QueueState };

/** The broker that tests use: `npm test` sets `AMQP_URI` to the one it found. */
export const rabbitUri = process.env['AMQP_URI'] ?? 'amqp://guest:guest@127.0.0.1:5672';

/** A vhost of one test's own. Disposing it deletes it, which closes what is still connected to it. */
export interface FreshVhost extends AsyncDisposable {
  readonly uri: string;
  readonly vhost: string;
  /** Lists the queues with their arguments and message counts: exact ones of classic queues, and those of quorum queues of five seconds ago. */
  queues(): Promise<QueueState[]>;
  /** Counts a queue's consumers, exactly and at once; rejects for a queue that is exclusive to a connection. */
  consumers(queue: string): Promise<number>;
  /** Grants the user of `uri` the rights to all whose name matches the pattern, and to nothing else; that to configure by a pattern of its own, if there is one. Channels that are open may keep what they had. */
  permit(pattern: string, configure?: string): Promise<void>;
  /** Closes all connections to the vhost from the broker's side (320 CONNECTION_FORCED). */
  closeConnections(reason?: string): Promise<void>;
}

/** Where a broker is, and its management API if that stands elsewhere than on port 15672 of the same host. */
export interface BrokerAddress {
  readonly uri: string;
  readonly managementUri?: string | undefined;
}

const usualBroker: BrokerAddress = { uri: rabbitUri, managementUri: process.env['RABBITMQ_MANAGEMENT_URI'] };

/** Says which RabbitMQ it is: `3.10.8`. */
export async function rabbitVersion(): Promise<string> {
  const connection = await connect(rabbitUri);
  try {
    return connection.connection.serverProperties.version;
  } finally {
    await connection.close();
  }
}

/**
 * Makes a vhost: `await using rabbit = await freshVhost()`. Where neither the management API nor `rabbitmqctl` can be
 * used, it hands out the broker's own vhost instead: tests that only connect work, those that administer reject.
 */
export async function freshVhost(broker: BrokerAddress = usualBroker): Promise<FreshVhost> {
  const admin = admins.get(broker) ?? findAdmin(broker);
  admins.set(broker, admin);
  const found = await admin;
  if (found === undefined) return sharedVhost(broker);
  const { name, uri } = await found.createVhost(`mycel-test-${randomUUID()}`);
  let deleted: Promise<void> | undefined;
  return {
    uri,
    vhost: name,
    queues: async () => found.queues(name),
    consumers: async (queue) => countConsumers(uri, queue),
    permit: async (pattern, configure) => found.permit(name, pattern, configure),
    closeConnections: async (reason = 'closed by a test') => found.closeConnections(name, reason),
    [Symbol.asyncDispose]: async () => (deleted ??= found.deleteVhost(name)),
  };
}

const admins = new WeakMap<BrokerAddress, Promise<RabbitAdmin | undefined>>();

async function findAdmin({ uri, managementUri }: BrokerAddress): Promise<RabbitAdmin | undefined> {
  const management = new RabbitManagement(uri, managementUri ?? usualManagementUri(uri));
  if (await management.answers()) return management;
  const ctl = new Rabbitmqctl(uri);
  return (await ctl.answers()) ? ctl : undefined;
}

function usualManagementUri(uri: string): string {
  const { hostname, username, password } = new URL(uri);
  return `http://${username || 'guest'}:${password || 'guest'}@${hostname}:15672`;
}

function sharedVhost({ uri }: BrokerAddress): FreshVhost {
  const refuse = async (): Promise<never> => {
    throw new Error(
      'this test administers RabbitMQ: enable its management plugin (rabbitmq-plugins enable rabbitmq_management)',
    );
  };
  const vhost = decodeURIComponent(new URL(uri).pathname.slice(1)) || '/';
  return {
    uri,
    vhost,
    queues: refuse,
    permit: refuse,
    closeConnections: refuse,
    consumers: async (queue) => countConsumers(uri, queue),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function countConsumers(uri: string, queue: string): Promise<number> {
  const connection = await connect(uri);
  try {
    const channel = await connection.createChannel();
    // A refused check also arrives as an event, which without a listener would end the process.
    channel.on('error', () => {});
    return (await channel.checkQueue(queue)).consumerCount;
  } finally {
    await connection.close();
  }
}
