import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { FaultProxy } from '../../../../tests/support/fault-proxy.ts';
import { onSold } from '../../../../tests/support/sample-subscriber.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import type { EventSubscriber, InboundEvent, Settlement } from '../transport/event-transport.ts';
import type { AmqpOptions, TopologyName } from './amqp-options.ts';
import type { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

const queue = 'evt-shop-sold--stock.on_sold';
const soon: Settlement = { kind: 'retry', delayMs: 100 };
const failure = {
  reason: 'failed',
  error: { type: 'TypeError', message: 'no stock' },
  attempts: 1,
  instance: 'stock-1',
} as const;

interface Heard {
  readonly events: InboundEvent[];
  /** Resolves once so many have come. */
  readonly count: (n: number) => Promise<InboundEvent[]>;
}

async function hear(
  on: AmqpTransport,
  settle: (event: InboundEvent) => Settlement | Promise<Settlement>,
  given: Partial<EventSubscriber> = {},
): Promise<Heard> {
  const events: InboundEvent[] = [];
  const waiters: { n: number; resolve: () => void }[] = [];
  await on.subscribe({ ...onSold, ...given }, async (event) => {
    events.push(event);
    for (const { n, resolve } of waiters) if (events.length >= n) resolve();
    return settle(event);
  });
  return {
    events,
    count: async (n) => {
      if (events.length < n) await new Promise<void>((resolve) => waiters.push({ n, resolve }));
      return events.slice(0, n);
    },
  };
}

async function sell(payload: unknown, headers?: Record<string, unknown>): Promise<void> {
  const context = { callIdStack: ['web.order.1'], data: { language: 'en' } };
  await (await world.transport()).publish({ source: 'shop', type: 'sold', payload, context, headers });
}

/** A transport by way of a proxy that knows the steps of the protocol. */
async function watched(options: AmqpOptions = {}): Promise<{ proxy: FaultProxy; transport: AmqpTransport }> {
  const proxy = await FaultProxy.start(world.rabbit.uri, { watchesSteps: true });
  return { proxy, transport: await world.transport({ ...options, uri: proxy.uri }) };
}

const failOnce = ({ failures = 0 }: InboundEvent): Settlement => (failures === 0 ? soon : 'ack');

const never = (): Promise<Settlement> => new Promise(() => {});

describe.each(['mycel', 'nameko'] satisfies TopologyName[])('a failed event, with the topology %s', (topology) => {
  const own = (): Promise<AmqpTransport> => world.transport({ topology });

  it('comes again with its type and its context, from where nothing else comes', async () => {
    const { count } = await hear(await own(), failOnce);
    await sell(1);
    const [first, second] = await count(2);
    const { payload, type, source, context, messageId } = first ?? {};
    expect(second).toMatchObject({ payload, type, source, context, messageId, failures: 1, redelivered: false });
    expect(Object.keys(second?.context.data ?? {})).toEqual(['language']);
  });

  it('goes to no queue that its sender named in CC', async () => {
    const raw = await world.foreignClient();
    const channel = await raw.createConfirmChannel();
    await channel.assertQueue('copied');
    const { count } = await hear(await own(), ({ failures = 0 }) =>
      failures < 2 ? soon : { kind: 'dead-letter', failure },
    );
    channel.publish('shop.events', 'sold', Buffer.from('1'), {
      contentType: 'application/json',
      CC: ['copied'],
    });
    channel.sendToQueue('copied', Buffer.from('mark'));
    await channel.waitForConfirms();
    await count(3);
    await expect.poll(() => letterCount()).toBe(1);
    // The exchange of events does not lead there by that key; the default exchange, by which copies go, would.
    expect((await channel.checkQueue('copied')).messageCount).toBe(1);
  });

  it('is delivered twice, the second time marked, if the connection is lost before its copy is acknowledged', async () => {
    const { proxy, transport } = await watched({ topology });
    await using _proxy = proxy;
    const { count, events } = await hear(transport, ({ failures = 0 }) => (failures < 1 ? soon : 'ack'));
    proxy.cutAtStep({ direction: 'to broker', method: 'basic.ack', when: 'before' });
    await sell('twice');
    await expect.poll(() => events.filter(({ failures }) => failures === 1).length).toBe(2);
    const again = await count(4);
    expect(again.filter(({ failures = 0 }) => failures === 1).map(({ redelivered }) => redelivered)).toContain(true);
    expect(again.filter(({ redelivered }) => !redelivered)).toHaveLength(2);
  });

  it('is marked when nobody knows whether the broker had its copy', async () => {
    const { proxy, transport } = await watched({ topology });
    await using _proxy = proxy;
    const { events } = await hear(transport, failOnce);
    // The first confirm is that of a copy that came back: its queue was not there yet.
    proxy.cutAtStep({ direction: 'to client', method: 'basic.ack', when: 'before', skip: 1 });
    await sell('once or twice');
    await expect.poll(() => events.filter(({ failures }) => failures === 1).length).toBeGreaterThan(1);
    expect(events.filter(({ failures, redelivered }) => failures === 1 && !redelivered)).toHaveLength(1);
  });

  it('finds its delay queue declared again when somebody deleted it', async () => {
    const { count } = await hear(await own(), ({ failures = 0 }) => (failures < 2 ? soon : 'ack'));
    await sell(1);
    await count(3);
    const channel = await (await world.foreignClient()).createChannel();
    await channel.deleteQueue(`${queue}.retry-100ms`);
    await sell(2);
    const events = await count(6);
    expect(events.map(({ payload, failures = 0 }) => [payload, failures])).toEqual(
      [1, 2].flatMap((payload) => [0, 1, 2].map((failures) => [payload, failures])),
    );
  });

  it('is counted each time that its consumer ends without settling it', async () => {
    const seen: [number, boolean][] = [];
    let transport = await own();
    const first = await own();
    await (await first.subscribe(onSold, async () => 'ack')).stop(); // the queue is there
    await sell('poison');
    for (let round = 0; round < 3; round++) {
      const taken = await hearOnce(transport);
      seen.push([taken.returns ?? 0, taken.redelivered]);
      const next = await own();
      await transport.close();
      transport = next;
    }
    expect(seen).toEqual([
      [0, false],
      [1, true],
      [2, true],
    ]);
  });
});

/** Takes the next event and never settles it. */
async function hearOnce(on: AmqpTransport): Promise<InboundEvent> {
  const { count } = await hear(on, never, { prefetch: 1 });
  const [event] = await count(1);
  return event as InboundEvent;
}

async function letterCount(): Promise<number> {
  const { kept } = await (await world.transport()).deadLetters.sortOut(() => 'keep');
  return kept;
}
