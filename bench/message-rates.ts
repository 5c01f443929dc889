// The client under Mycel has no door of its own: it is taken from the build, with the codec's writer.
import { BrokerEngine } from '../packages/mycel/dist/broker/index.js';
import type { AmqpChannel } from '../packages/mycel/dist/protocol/client/index.js';
import { WireWriter, writeProperties } from '../packages/mycel/dist/protocol/codec/index.js';
import { connectBare } from './contenders/bare-connection.ts';
import { spread } from './statistics.ts';

/** Messages through the embedded broker: medians over the rounds. */
export interface MessageRates {
  /** Published, delivered and acknowledged per second, by one client over TCP, with the broker in another process. */
  readonly tcp: number;
  /** The same by calls on the engine in this process. */
  readonly engine: number;
  /** Of the rounds' ratios of both. */
  readonly engineToTcp: number;
  /** How much longer a message takes to be queued and drained among 100,000 than among 10,000, over TCP. */
  readonly growth: number;
}

const body = Buffer.alloc(100, 'x');
const few = 10_000;
const many = 100_000;
const enginesShare = 200_000;

/** Measures on a broker that does nothing else meanwhile. */
export async function measureMessageRates(
  options: { readonly embeddedUri: string; readonly rounds: number },
  progress: (text: string) => void,
): Promise<MessageRates> {
  const connection = await connectBare(options.embeddedUri);
  const channel = await connection.openChannel();
  const tcp: number[] = [];
  const engine: number[] = [];
  const growth: number[] = [];
  await passMessages(channel, few); // warm-up
  passThroughEngine(few);
  for (let round = 1; round <= options.rounds; round++) {
    progress(`broker, messages: round ${round} of ${options.rounds}`);
    tcp.push(few / (await passMessages(channel, few)));
    engine.push(enginesShare / passThroughEngine(enginesShare));
    const amongFew = (await queueAndDrain(channel, few)) / few;
    growth.push((await queueAndDrain(channel, many)) / many / amongFew);
  }
  await connection.close();
  const ratios = engine.map((rate, round) => rate / (tcp[round] ?? Number.NaN));
  return {
    tcp: spread(tcp).median,
    engine: spread(engine).median,
    engineToTcp: spread(ratios).median,
    growth: spread(growth).median,
  };
}

/** Publishes to a queue that is consumed; resolves with the seconds until the last message was acknowledged. */
async function passMessages(channel: AmqpChannel, count: number): Promise<number> {
  const { queue } = await channel.declareQueue('', { exclusive: true });
  const consumed = consumeAll(channel, queue, count);
  await consumed.started;
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent++) channel.publish('', queue, body, { deliveryMode: 2 });
  await consumed.all;
  const seconds = (performance.now() - startedAt) / 1000;
  await channel.deleteQueue(queue);
  return seconds;
}

/** Publishes everything, then consumes everything; resolves with the seconds of both. */
async function queueAndDrain(channel: AmqpChannel, count: number): Promise<number> {
  const { queue } = await channel.declareQueue('', { exclusive: true });
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent++) channel.publish('', queue, body, { deliveryMode: 2 });
  const consumed = consumeAll(channel, queue, count);
  await consumed.all;
  const seconds = (performance.now() - startedAt) / 1000;
  await channel.deleteQueue(queue);
  return seconds;
}

function consumeAll(
  channel: AmqpChannel,
  queue: string,
  count: number,
): { started: Promise<unknown>; all: Promise<void> } {
  let started: Promise<unknown> = Promise.resolve();
  const all = new Promise<void>((resolve, reject) => {
    let left = count;
    started = channel.qos(200).then(async () =>
      channel.consume(queue, ({ deliveryTag }) => {
        channel.ack(deliveryTag);
        if (--left === 0) resolve();
      }),
    );
    started.catch(reject);
  });
  return { started, all };
}

/** Publishes, has delivered and acknowledges by method calls; returns the seconds. */
function passThroughEngine(count: number): number {
  const writer = new WireWriter();
  writeProperties(writer, { deliveryMode: 2 });
  const content = { rawProperties: writer.take(), body };
  const engine = new BrokerEngine();
  const nothing = (): void => {};
  const connection = engine.connect({
    vhost: '/',
    user: 'guest',
    peer: { blocked: nothing, unblocked: nothing, closed: nothing },
  });
  const delivered: number[] = [];
  const publisher = connection.openChannel(1, { send: nothing, sendMessage: nothing });
  const consumer = connection.openChannel(2, {
    send: nothing,
    sendMessage: (method) => {
      if (method.name === 'basic.deliver') delivered.push(method.deliveryTag);
    },
  });
  const flags = { passive: false, durable: false, autoDelete: false, noWait: true, exclusive: false, arguments: {} };
  consumer.handle({ name: 'queue.declare', queue: 'q', ...flags });
  consumer.handle({ name: 'basic.qos', prefetchSize: 0, prefetchCount: 200, global: false });
  consumer.handle({ name: 'basic.consume', queue: 'q', consumerTag: 'c', noLocal: false, noAck: false, ...flags });
  const publish = { name: 'basic.publish', exchange: '', routingKey: 'q', mandatory: false, immediate: false } as const;
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent++) {
    publisher.publish(publish, content);
    // As with a client: what was delivered is acknowledged in a later turn.
    if (delivered.length >= 50 || sent === count - 1) {
      for (const deliveryTag of delivered.splice(0))
        consumer.handle({ name: 'basic.ack', deliveryTag, multiple: false });
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  engine.close();
  return seconds;
}
