import { AmqpFault } from '../../packages/mycel/src/broker/engine/amqp-fault.ts';
import { ExchangeTable } from '../../packages/mycel/src/broker/engine/routing/exchange-table.ts';
import { routingKeysOf, withoutBcc } from '../../packages/mycel/src/broker/engine/routing/sender-selected.ts';
import {
  type AmqpChannel,
  AmqpServerError,
  type ExchangeOptions,
  type FieldTable,
} from '../../packages/mycel/src/protocol/client/index.ts';
import { decodeTable, encodeTable } from '../../packages/mycel/src/protocol/codec/index.ts';
import { messageWith } from './broker-message.ts';

/** What routing can be asked of any broker. A refusal rejects with its code and text. */
export interface RoutingDoor {
  declareExchange(name: string, type: string, options?: ExchangeOptions): Promise<void>;
  deleteExchange(name: string, options?: { readonly ifUnused?: boolean }): Promise<void>;
  bindExchange(destination: string, source: string, routingKey: string, args?: FieldTable): Promise<void>;
  unbindExchange(destination: string, source: string, routingKey: string, args?: FieldTable): Promise<void>;
  declareQueue(name: string): Promise<void>;
  deleteQueue(name: string): Promise<void>;
  bindQueue(queue: string, exchange: string, routingKey: string, args?: FieldTable): Promise<void>;
  unbindQueue(queue: string, exchange: string, routingKey: string, args?: FieldTable): Promise<void>;
  /** Publishes, and tells which of the queues have it then, sorted. */
  reached(exchange: string, routingKey: string, headers?: FieldTable): Promise<string[]>;
}

/** The code and text of a refusal, whoever refused. */
export async function refusalOf(attempt: Promise<unknown>): Promise<{ replyCode: number; replyText: string }> {
  try {
    await attempt;
  } catch (error) {
    const refusal = error instanceof Error && error.cause instanceof AmqpServerError ? error.cause : error;
    if (!(refusal instanceof AmqpServerError || refusal instanceof AmqpFault)) throw error;
    return { replyCode: refusal.replyCode, replyText: refusal.replyText };
  }
  throw new Error('it was not refused');
}

/** The door of a table of our own. Tables go in as they arrive from a socket. */
export function doorOfTable(vhost: string): RoutingDoor {
  const table = new ExchangeTable<{ readonly name: string }>({ vhost });
  const arrived = (args: FieldTable = {}): FieldTable => decodeTable(encodeTable(args));
  const terms = (routingKey: string, args?: FieldTable) => ({ routingKey, arguments: arrived(args) });
  return {
    declareExchange: async (exchange, type, options = {}) => {
      const flags = { passive: false, durable: false, autoDelete: false, internal: false };
      table.declare({ exchange, type, ...flags, ...options, arguments: arrived(options.arguments) });
    },
    deleteExchange: async (exchange, { ifUnused = false } = {}) => table.delete({ exchange, ifUnused }),
    bindExchange: async (destination, source, key, args) =>
      table.bindExchange({ destination, source, ...terms(key, args) }),
    unbindExchange: async (destination, source, key, args) =>
      table.unbindExchange({ destination, source, ...terms(key, args) }),
    declareQueue: async (name) => table.addQueue({ name }),
    deleteQueue: async (name) => table.removeQueue(name),
    bindQueue: async (queue, exchange, key, args) => table.bindQueue({ queue, exchange, ...terms(key, args) }),
    unbindQueue: async (queue, exchange, key, args) => table.unbindQueue({ queue, exchange, ...terms(key, args) }),
    reached: async (exchange, routingKey, headers) => {
      const message = messageWith(headers === undefined ? {} : { headers }, { exchange, routingKey });
      table.assertPublishable(exchange);
      const queues = table.route(exchange, withoutBcc(message), routingKeysOf(message));
      return queues.map(({ name }) => name).toSorted();
    },
  };
}

/** The door of a broker behind a channel, which is put into confirm mode. */
export async function doorOfChannel(channel: AmqpChannel): Promise<RoutingDoor> {
  await channel.confirmSelect();
  const queues = new Set<string>();
  return {
    declareExchange: channel.declareExchange.bind(channel),
    deleteExchange: channel.deleteExchange.bind(channel),
    bindExchange: channel.bindExchange.bind(channel),
    unbindExchange: channel.unbindExchange.bind(channel),
    declareQueue: async (name) => {
      await channel.declareQueue(name, { exclusive: true });
      queues.add(name);
    },
    deleteQueue: async (name) => {
      await channel.deleteQueue(name);
      queues.delete(name);
    },
    bindQueue: channel.bindQueue.bind(channel),
    unbindQueue: channel.unbindQueue.bind(channel),
    reached: async (exchange, routingKey, headers) => {
      await channel.publishConfirmed(exchange, routingKey, '', headers === undefined ? {} : { headers });
      const all = [...queues].toSorted();
      const counts = await Promise.all(all.map((name) => channel.purgeQueue(name)));
      return all.flatMap((name, at) => Array.from({ length: counts[at]?.messageCount ?? 0 }, () => name));
    },
  };
}
