import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Channel, type ChannelModel, connect as connectAmqplib, type ConsumeMessage } from 'amqplib';
import { connect, createLogger, eventHandler, rpc, runServices, service } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FreshVhost, freshVhost, type QueueState } from '../../tests/support/rabbit.ts';
import { OrdersService } from '../snippets/orders.ts';
import { PaymentsService } from '../snippets/payments.ts';

const page = readFileSync(new URL('wire.md', import.meta.url), 'utf8');
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The message that the page shows as `json {name}`. */
function shown(name: string): unknown {
  const [, text = 'no such block'] = new RegExp(`^\`\`\`json ${name}\\n(.*?)^\`\`\``, 'ms').exec(page) ?? [];
  return JSON.parse(text);
}

/** What is left of a deadline. */
const remainder = /("expiration":"|"mycel-timeout":)(\d+)/g;

/** A message as the page shows it: without what is not set, ids by name, the deadline before it began to run. */
function seen({ fields, properties, content }: ConsumeMessage, deadlineMs = 0): Record<string, unknown> {
  const set = Object.entries(properties).filter(([, value]) => value !== undefined);
  const { exchange, routingKey } = fields;
  const body = content.length > 0 ? { body: JSON.parse(content.toString()) as unknown } : {};
  const text = JSON.stringify({ exchange, routingKey, properties: Object.fromEntries(set), ...body });
  const whole = text.replace(remainder, (given, name: string, ms: string) =>
    Number(ms) <= deadlineMs ? name + deadlineMs : given,
  );
  return JSON.parse(whole.replaceAll(uuid, '{uuid}')) as Record<string, unknown>;
}

let rabbit: FreshVhost;
let peer: ChannelModel;
let channel: Channel;

beforeEach(async () => {
  rabbit = await freshVhost();
  peer = await connectAmqplib(rabbit.uri);
  channel = await peer.createChannel();
});

afterEach(async () => {
  await peer.close();
  await rabbit[Symbol.asyncDispose]();
});

/** Binds a queue of the peer's own, and hands out what arrives. */
async function tap(
  exchange: string,
  key: string,
  type = 'topic',
  name = '',
): Promise<{ next(): Promise<ConsumeMessage> }> {
  const { queue } = await channel.assertQueue(name, { exclusive: true, autoDelete: true });
  if (exchange) {
    await channel.assertExchange(exchange, type, { durable: true });
    await channel.bindQueue(queue, exchange, key);
  }
  const arrived: ConsumeMessage[] = [];
  const { consumerTag } = await channel.consume(queue, (message) => message && arrived.push(message), { noAck: true });
  expect(consumerTag).toBeTruthy();
  return {
    next: async () => {
      await expect.poll(() => arrived.length).toBeGreaterThan(0);
      return arrived.shift()!;
    },
  };
}

const options = { context: { language: 'en' }, timeout: 5000 };
const silent = () => createLogger({ level: 'silent' });

describe('the messages of the page', () => {
  test('are those of a call that is cancelled', async () => {
    const requests = await tap('nameko-rpc', 'peer.*');
    const cancellations = await tap('mycel-control', 'peer');
    await using bus = await connect(rabbit.uri, options);
    const change = new AbortController();
    const call = bus.rpc<{ add(x: number, y: number): number }>('peer').add.with({ signal: change.signal });
    const reply = await call.callAsync(1, 2);
    const outcome = expect(reply.result()).rejects.toThrow('cancelled');
    expect(seen(await requests.next(), options.timeout)).toEqual(shown('request'));
    change.abort();
    await outcome;
    expect(seen(await cancellations.next())).toEqual(shown('cancel'));
  });

  test('are those of a reply, and of an error', async () => {
    @service('peer')
    class Peer {
      @rpc add(x: number, y: number): number {
        return x + y;
      }
    }
    const config = { amqp: { uri: rabbit.uri } };
    await using _runner = await runServices([Peer, PaymentsService], { config, logger: await silent() });
    await using bus = await connect(rabbit.uri, options);
    const replies = await tap('nameko-rpc', '#');
    await bus.rpc(Peer).add(1, 2);
    await replies.next(); // the request
    expect(seen(await replies.next())).toEqual(shown('reply'));
    await bus.rpc(PaymentsService).charge.safe('o1', { amount: 5000, currency: 'EUR' });
    await replies.next();
    expect(seen(await replies.next())['body']).toEqual(shown('error'));
  });

  test('are those of an event', async () => {
    const config = { amqp: { uri: rabbit.uri } };
    await using _runner = await runServices([OrdersService], { config, logger: await silent() });
    const events = await tap('orders.events', 'order_counted');
    await using bus = await connect(rabbit.uri, options);
    await bus.rpc(OrdersService).place('o1', 5);
    expect(seen(await events.next())).toEqual(shown('event'));
  });

  test('are those of a question for services, and of its answer', async () => {
    const config = { amqp: { uri: rabbit.uri } };
    await using _runner = await runServices([OrdersService], { config, logger: await silent() });
    const questions = await tap('mycel-discovery', '', 'fanout');
    const asker = new AmqpTransport({ uri: rabbit.uri });
    await asker.open();
    await expect.poll(async () => (await asker.discover({ service: 'orders' })).services).toHaveLength(1);
    await asker.close();
    expect(seen(await questions.next())).toEqual(shown('question'));

    const replyTo = `mycel.discovery.reply-${randomUUID()}`;
    const answers = await tap('', '', 'direct', replyTo);
    const asked = { replyTo, correlationId: randomUUID() };
    channel.publish('mycel-discovery', '', Buffer.from(JSON.stringify({ service: 'orders' })), asked);
    const text = JSON.stringify(seen(await answers.next())).replace(/"pid":\d+/, '"pid":4711');
    const answer = text
      .replace(JSON.stringify(hostname()), '"{host}"')
      .replace(/"mycel":"[^"]+"/, '"mycel":"{version}"');
    expect(JSON.parse(answer)).toEqual(shown('answer'));
  });

  test('are those of a rich value', async () => {
    const requests = await tap('nameko-rpc', 'peer.*');
    await using bus = await connect(rabbit.uri, options);
    await bus.rpc<{ at(x: { when: Date }): void }>('peer').at.callAsync({ when: new Date('2026-01-02T03:04:05.678Z') });
    const { properties, content } = await requests.next();
    expect(page).toContain(
      JSON.stringify(JSON.parse(content.toString())).replaceAll(',', ', ').replaceAll('":', '": '),
    );
    expect(JSON.parse(String(properties.headers?.['mycel-rich']))).toEqual(shown('rich'));
  });
});

describe('a peer that speaks as the page says', () => {
  test('is answered', async () => {
    const config = { amqp: { uri: rabbit.uri } };
    await using _runner = await runServices([OrdersService], { config, logger: await silent() });
    const replies = await tap('nameko-rpc', 'my-key');
    const body = Buffer.from(JSON.stringify({ args: ['o7', 3], kwargs: {} }));
    channel.publish('nameko-rpc', 'orders.place', body, { replyTo: 'my-key', correlationId: 'my-call' });
    const { properties, content } = await replies.next();
    expect([properties.correlationId, JSON.parse(content.toString())]).toEqual([
      'my-call',
      { result: { heard: false }, error: null },
    ]);
  });
});

describe('the queues of the page', () => {
  @service('s')
  class Handlers {
    @rpc call(): void {}
    @eventHandler('src', 't') pool(): void {}
    @eventHandler('src', 't', { mode: 'singleton' }) single(): void {}
    @eventHandler('src', 't', { mode: 'broadcast' }) all(): void {}
    @eventHandler('src', 't', { mode: 'broadcast', reliable: true, broadcastId: 'ID' }) allReliably(): void {}
  }

  const patterns: Record<string, RegExp> = {
    'rpc-{service}': /^rpc-s$/,
    'rpc.reply-mycel-{uuid}': new RegExp(`^rpc\\.reply-mycel-${uuid.source}$`),
    'mycel.control-{service}-{uuid}': new RegExp(`^mycel\\.control-s-${uuid.source}$`),
    'mycel.watch-{uuid}': new RegExp(`^mycel\\.watch-${uuid.source}$`),
    'mycel.discovery-{uuid}': new RegExp(`^mycel\\.discovery-${uuid.source}$`),
    'mycel.presence': /^mycel\.presence$/,
    'evt-{source}-{type}--{service}.{method}': /^evt-src-t--s\.pool$/,
    'evt-{source}-{type}': /^evt-src-t$/,
    'evt-{source}-{type}--{service}.{method}-{hex}': /^evt-src-t--s\.all-[0-9a-f]{32}$/,
    'evt-{source}-{type}--{service}.{method}-{id}': /^evt-src-t--s\.allReliably-ID$/,
  };

  const rows = [...page.matchAll(/^\| `([^`]+)` \|[^|]*\|[^|]*\| (yes|no) \| (yes|no) \| (yes|no) \| (.*)\|$/gm)].map(
    ([, name = '', durable, exclusive, autoDelete, args = '']) => ({
      name,
      durable: durable === 'yes',
      exclusive: exclusive === 'yes',
      autoDelete: autoDelete === 'yes',
      isQuorum: args.includes('x-queue-type: quorum'),
    }),
  );

  /** A queue as a row of the page. */
  function asRow({ name, durable, exclusive, autoDelete, arguments: args }: QueueState): (typeof rows)[number] {
    const found = Object.entries(patterns).find(([, pattern]) => pattern.test(name))?.[0];
    // RabbitMQ 3.10 says null for quorum queues, and nothing for those it has only just made.
    const isExclusive = Boolean(exclusive as unknown);
    const isQuorum = args['x-queue-type'] === 'quorum';
    return { name: found ?? name, durable, exclusive: isExclusive, autoDelete, isQuorum };
  }

  const byName = (queues: typeof rows) => queues.toSorted((a, b) => a.name.localeCompare(b.name));

  test.each(['mycel', 'nameko'])('are those of the broker, with the topology %s', async (topology) => {
    const config = { amqp: { uri: rabbit.uri, topology } };
    await using _runner = await runServices([Handlers], { config, logger: await silent() });
    await using _bus = await connect(rabbit.uri);
    const expected = rows.map((row) => ({ ...row, isQuorum: row.isQuorum && topology === 'mycel' }));
    // Each process has one of its own in which it hears of deleted exchanges, a moment after it has started.
    const distinct = async (): Promise<typeof rows> => [
      ...new Map((await rabbit.queues()).map(asRow).map((row) => [row.name, row])).values(),
    ];
    await expect.poll(async () => byName(await distinct())).toEqual(byName(expected));
  });
});
