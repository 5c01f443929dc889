import { writeDeadLetter } from '../../packages/mycel/src/amqp/dead-letter-record.ts';
import { readMarks } from '../../packages/mycel/src/amqp/event-marks.ts';
import { deadLetterQueue } from '../../packages/mycel/src/amqp/topology.ts';
import { connectInProcess } from '../../packages/mycel/src/broker/in-process/index.ts';
import { AmqpConnection } from '../../packages/mycel/src/protocol/client/index.ts';
import type { MemoryBroker } from '../../packages/mycel/src/testing/memory-broker.ts';
import type { DeadLetterError, DeadLetterReason } from '../../packages/mycel/src/transport/dead-letter.ts';
import { connectOptionsOf } from './amqp-connect-options.ts';

/** A dead letter that a test puts there, as a handler's failure would have. */
export interface LetterSpec {
  readonly id: string;
  readonly service?: string;
  readonly method?: string;
  readonly reason?: DeadLetterReason;
  readonly error?: Partial<DeadLetterError>;
  readonly attempts?: number;
  /** When it failed last, in milliseconds since 1970. */
  readonly at?: number;
  readonly payload?: unknown;
  /** @default that of the handler `service.method` of the event `shop.sold` */
  readonly queue?: string;
}

/** Names the queue of a handler of the event `shop.sold`. */
export function handlerQueue(service: string, method: string): string {
  return `evt-shop-sold--${service}.${method}`;
}

/** Connects to a broker by its URI, or to one in this process. */
export function connectTo(broker: string | MemoryBroker): Promise<AmqpConnection> {
  return typeof broker === 'string'
    ? AmqpConnection.connect(connectOptionsOf(broker))
    : connectInProcess(broker.engine);
}

/** Puts dead letters, and the queues of handlers beside them. */
export async function putLetters(
  broker: string | MemoryBroker,
  specs: Iterable<LetterSpec>,
  queues: readonly string[] = [],
): Promise<void> {
  const connection = await connectTo(broker);
  const channel = await connection.openChannel();
  await channel.declareQueue(deadLetterQueue.queue, deadLetterQueue.options);
  for (const queue of queues) await channel.declareQueue(queue, { ...deadLetterQueue.options });
  await channel.confirmSelect();
  let confirms: Promise<unknown>[] = [];
  for (const spec of specs) {
    const { properties, body } = letter(spec);
    confirms.push(channel.publishConfirmed('', deadLetterQueue.queue, body, properties));
    if (confirms.length < 1000) continue;
    await Promise.all(confirms);
    confirms = [];
  }
  await Promise.all(confirms);
  await connection.close();
}

/** Takes the messages that wait in a queue: their bodies, read, and their headers. */
export async function takeAll(
  broker: string | MemoryBroker,
  queue: string,
): Promise<{ payload: unknown; headers: Readonly<Record<string, unknown>> }[]> {
  const connection = await connectTo(broker);
  const channel = await connection.openChannel();
  const taken = [];
  for (;;) {
    const delivery = await channel.get(queue, { noAck: true });
    if (!delivery) break;
    taken.push({
      payload: JSON.parse(delivery.body.toString()) as unknown,
      headers: delivery.properties.headers ?? {},
    });
  }
  await connection.close();
  return taken;
}

/** Counts the messages that are ready in a queue. */
export async function countReady(broker: string | MemoryBroker, queue: string): Promise<number> {
  const connection = await connectTo(broker);
  const channel = await connection.openChannel();
  const { messageCount } = await channel.declareQueue(queue, { passive: true });
  await connection.close();
  return messageCount;
}

function letter({ id, service = 'stock', method = 'onSold', reason = 'failed', ...given }: LetterSpec) {
  const sent = {
    exchange: 'shop.events',
    routingKey: 'sold',
    redelivered: false,
    properties: {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      messageId: `m-${id}`,
      headers: { 'nameko.call_id_stack': ['web.page.1', 'shop.sell.2'], 'nameko.user': 'ada' },
    },
    body: Buffer.from(JSON.stringify(given.payload ?? { id })),
  };
  const error = { type: 'Error', message: `no stock for ${id}`, ...given.error };
  const properties = writeDeadLetter(
    sent,
    { ...readMarks(sent), failures: 4 },
    { reason, error, attempts: given.attempts ?? 5, instance: `${service}-1` },
    {
      id,
      at: given.at ?? Date.UTC(2026, 0, 1),
      service,
      method,
      queue: given.queue ?? handlerQueue(service, method),
      process: { host: 'box', pid: 12, mycel: '0.1.0', version: '1.4.2' },
    },
  );
  return { properties, body: sent.body };
}
