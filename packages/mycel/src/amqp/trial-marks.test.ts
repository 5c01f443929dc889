import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../../../tests/support/dead-letters.ts';
import { onSold } from '../../../../tests/support/sample-subscriber.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import type { EventSubscriber, EventTrial, InboundEvent, Settlement } from '../transport/event-transport.ts';
import { TopologyError } from '../transport/transport-errors.ts';
import { suspectsQueue } from './trial-marks.ts';

forbidUnhandledRejections();

const inOrder: EventSubscriber = { ...onSold, oneAtATime: true, prefetch: 200 };
const queue = 'evt-shop-sold--stock.on_sold';
const { queue: suspects } = suspectsQueue(queue);

let broker: MemoryBroker;

beforeEach(() => {
  broker = new MemoryBroker();
});

afterEach(() => broker.close());

/** An instance that has taken events, and settles none unless it is told so. */
interface Instance extends AsyncDisposable {
  /** The event with this payload, once it is here. */
  event(payload: string): Promise<InboundEvent>;
  trial(payload: string): Promise<EventTrial>;
  settle(event: InboundEvent, settlement: Settlement): void;
  cut(): void;
  /** Lets go of the queue. */
  close(): Promise<void>;
}

async function instance(subscriber: EventSubscriber = inOrder): Promise<Instance> {
  const transport = new MemoryTransport({ broker });
  const settlements = new Map<InboundEvent, (settlement: Settlement) => void>();
  const events: InboundEvent[] = [];
  const subscription = await transport.events.subscribe(subscriber, (event) => {
    events.push(event);
    const settled = deferred<Settlement>();
    settlements.set(event, settled.resolve);
    return settled.promise;
  });
  const event = async (payload: string): Promise<InboundEvent> => {
    for (;;) {
      const found = events.findLast((one) => one.payload === payload && one.isLost?.() !== true);
      if (found) return found;
      await setImmediate();
    }
  };
  return {
    event,
    trial: async (payload) => {
      const { trial } = await event(payload);
      if (!trial) throw new Error(`${payload} has no trial`);
      return trial;
    },
    settle: (taken, settlement) => settlements.get(taken)?.(settlement),
    cut: () => transport.cut(),
    close: () => subscription.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

async function sell(...payloads: readonly string[]): Promise<void> {
  await using transport = new MemoryTransport({ broker });
  const context = { callIdStack: [], data: {} };
  for (const payload of payloads) await transport.publish({ source: 'shop', type: 'sold', payload, context });
}

/** Has events come back once. */
async function comeBack(...payloads: readonly string[]): Promise<void> {
  await using first = await instance();
  await sell(...payloads);
  for (const payload of payloads) await first.event(payload);
}

const markCount = (): number => broker.queue(suspects)?.ready ?? 0;

/** Begins with an event in an instance that ends then, and tells how often it had begun. */
async function beginOnce(payload: string): Promise<number> {
  await using one = await instance();
  return await (await one.trial(payload)).begin();
}

describe('the trial of an event that keeps its order', () => {
  it('is there when the event comes back, and not before', async () => {
    await using first = await instance();
    await sell('a');
    expect((await first.event('a')).trial).toBeUndefined();
    first.cut();
    expect(await (await first.trial('a')).begin()).toBe(0);
  });

  it.each<[string, Partial<EventSubscriber>]>([
    ['that keeps no order', { oneAtATime: false }],
    ['whose queue goes with it', { reliable: false }],
  ])('is not there for a handler %s', async (_which, given) => {
    await using first = await instance({ ...inOrder, ...given });
    await sell('a');
    await first.event('a');
    await using second = await instance({ ...inOrder, ...given });
    first.cut();
    expect(await second.event('a')).toMatchObject({ redelivered: true, trial: undefined });
  });

  it('tells how often it began in instances that ended since, each event by itself', async () => {
    await comeBack('a', 'b');
    expect([await beginOnce('a'), await beginOnce('a'), await beginOnce('b'), await beginOnce('a')]).toEqual([
      0, 1, 0, 2,
    ]);
  });

  it('is one, however often it is begun with', async () => {
    await comeBack('a');
    await using one = await instance();
    const trial = await one.trial('a');
    expect([await trial.begin(), await trial.begin()]).toEqual([0, 0]);
    expect(markCount()).toBe(1);
  });

  it('is forgotten once its end is told, and others are not', async () => {
    await comeBack('a', 'b');
    await beginOnce('b');
    {
      await using one = await instance();
      const trial = await one.trial('a');
      await trial.begin();
      trial.end();
    }
    expect(markCount()).toBe(1);
    expect([await beginOnce('a'), await beginOnce('b')]).toEqual([0, 1]);
  });

  it('is forgotten by itself, however many others there are', async () => {
    const names = ['a', 'b', 'c', 'd'];
    await comeBack(...names);
    for (const name of names) await beginOnce(name);
    await using one = await instance();
    const trials = await Promise.all(['b', 'c'].map((name) => one.trial(name)));
    for (const trial of trials) expect(await trial.begin()).toBe(1);
    for (const trial of trials) trial.end();
    await expect.poll(() => [markCount(), broker.queue(suspects)?.unsettled]).toEqual([2, 0]);
    await one.close();
    expect([await beginOnce('d'), await beginOnce('a'), await beginOnce('b')]).toEqual([1, 1, 0]);
  });

  it('is forgotten before the handler has let go of its queue, though its event is still to become a dead letter', async () => {
    await comeBack('a', 'b');
    await using one = await instance();
    const failure = {
      reason: 'failed',
      error: { type: 'E', message: 'm', stack: 's' },
      attempts: 1,
      instance: 'i',
    } as const;
    for (const name of ['a', 'b']) await (await one.trial(name)).begin();
    one.settle(await one.event('a'), { kind: 'dead-letter', failure });
    one.settle(await one.event('b'), 'ack');
    await one.close();
    expect(markCount()).toBe(0);
  });

  it('is one of the last hundred at most', async () => {
    const names = Array.from({ length: 105 }, (_, index) => `event ${index}`);
    await comeBack(...names);
    await using one = await instance();
    for (const name of names) await (await one.trial(name)).begin();
    expect(markCount()).toBe(100);
  });

  it('is not forgotten because the event goes back and did not begin', async () => {
    await comeBack('a', 'b');
    await beginOnce('a');
    {
      await using one = await instance();
      await (await one.trial('b')).begin();
      (await one.trial('a')).end();
    }
    expect(await beginOnce('a')).toBe(1);
  });

  it('is forgotten though its end is told before its note is written', async () => {
    await comeBack('a');
    await using one = await instance();
    const trial = await one.trial('a');
    const begun = trial.begin();
    trial.end();
    await begun;
    await expect.poll(markCount).toBe(0);
  });

  it('is forgotten though the connection is lost meanwhile', async () => {
    await comeBack('a');
    await using one = await instance();
    const trial = await one.trial('a');
    await trial.begin();
    trial.end();
    await Promise.resolve();
    await Promise.resolve();
    one.cut();
    await expect.poll(() => [markCount(), broker.queue(suspects)?.unsettled]).toEqual([0, 0]);
  });

  it('leaves no channel open when its handler lets go of its queue', async () => {
    await comeBack('a');
    await using one = await instance();
    const channels = (): number => broker.status().connections.reduce((sum, { channels: own }) => sum + own.length, 0);
    const before = channels();
    await (await one.trial('a')).begin();
    expect(channels()).toBeGreaterThan(before + 1); // the copies have one of their own
    await one.close();
    await expect.poll(channels).toBeLessThanOrEqual(before);
  });

  it('tells of those that began elsewhere while the connection was lost', async () => {
    await comeBack('a');
    await using one = await instance();
    const first = await one.trial('a');
    await first.begin();
    first.end();
    {
      await using two = await instance();
      one.cut();
      expect(await (await two.trial('a')).begin()).toBe(0);
    }
    expect(await (await one.trial('a')).begin()).toBe(1);
  });

  it.each<[string, Settlement]>([
    ['handled', 'ack'],
    [
      'a dead letter',
      {
        kind: 'dead-letter',
        failure: { reason: 'failed', error: { type: 'E', message: 'm', stack: 's' }, attempts: 1, instance: 'i' },
      },
    ],
  ])('is forgotten once the event is %s', async (_what, settlement) => {
    await comeBack('a');
    await beginOnce('a');
    await using one = await instance();
    await (await one.trial('a')).begin();
    expect(markCount()).toBe(2);
    one.settle(await one.event('a'), settlement);
    await expect
      .poll(() => [markCount(), broker.queue(queue)?.ready, broker.queue(queue)?.unsettled])
      .toEqual([0, 0, 0]);
  });

  it('is forgotten if the event is handled in a process that lost its connection', async () => {
    await comeBack('a');
    await using one = await instance();
    const first = await one.event('a');
    await first.trial?.begin();
    one.cut();
    const again = await one.trial('a');
    expect(markCount()).toBe(1);
    one.settle(first, 'ack');
    await expect.poll(markCount).toBe(0);
    expect(await again.begin()).toBe(0);
  });

  it('goes by what the event says, if its sender gave it no id', async () => {
    await (await instance())[Symbol.asyncDispose]();
    const channel = await (await connectTo(broker)).openChannel();
    for (const text of ['"a"', '"b"'])
      channel.publish('shop.events', 'sold', text, { contentType: 'application/json', deliveryMode: 2 });
    {
      await using one = await instance();
      await one.event('b');
    }
    expect([await beginOnce('a'), await beginOnce('b'), await beginOnce('a')]).toEqual([0, 0, 1]);
  });

  it('cannot begin where a queue of other properties is in its place', async () => {
    await comeBack('a');
    const channel = await (await connectTo(broker)).openChannel();
    await channel.declareQueue(suspects, { durable: true });
    await using one = await instance();
    await expect((await one.trial('a')).begin()).rejects.toThrow(TopologyError);
  });
});
