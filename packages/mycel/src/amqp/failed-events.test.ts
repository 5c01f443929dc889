import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { onSold } from '../../../../tests/support/sample-subscriber.ts';
import { deferred } from '../foundation/deferred.ts';
import { type AmqpChannel, type Delivery, type FieldTable, UnencodableError } from '../protocol/client/index.ts';
import type { EventSubscriber } from '../transport/event-transport.ts';
import { TopologyError, TransportClosedError } from '../transport/transport-errors.ts';
import type { ConfirmedCopies, Copy } from './confirmed-copies.ts';
import { readDeadLetter } from './dead-letter-record.ts';
import type { EventMarks } from './event-marks.ts';
import { FailedEvents } from './failed-events.ts';
import { eventQueue } from './topology.ts';

const giveUp = {
  kind: 'dead-letter',
  failure: { reason: 'failed', error: { type: 'E', message: 'm', stack: 's' }, attempts: 1, instance: 'i' },
} as const;

function delivery(deliveryTag = 1): Delivery {
  const properties = { messageId: 'm' };
  const body = Buffer.from('1');
  return {
    deliveryTag,
    redelivered: false,
    exchange: 'shop.events',
    routingKey: 'sold',
    consumerTag: 'c',
    properties,
    body,
  };
}

interface SetUp {
  readonly failed: FailedEvents;
  readonly channel: AmqpChannel;
  /** What the broker was told of deliveries: `ack 1`, `requeue 2`. */
  readonly told: string[];
  readonly copies: Copy[];
  readonly again: EventMarks[];
  readonly log: LogRecord[];
}

/** `publish` is asked for each copy. */
function setUp(publish: (copy: Copy) => Promise<void>, given: Partial<EventSubscriber> = {}): SetUp {
  const told: string[] = [];
  const copies: Copy[] = [];
  const again: EventMarks[] = [];
  const log: LogRecord[] = [];
  const channel = {
    isOpen: true,
    ack: (tag: number) => told.push(`ack ${tag}`),
    nack: (tag: number) => told.push(`requeue ${tag}`),
  };
  const failed = new FailedEvents({
    subscriber: { ...onSold, ...given },
    queue: () => eventQueue({ ...onSold, ...given }, 'nameko', 'f00'),
    logger: recordingLogger(log),
    // Only this of it is used.
    copies: () => ({ publish: (copy: Copy) => (copies.push(copy), publish(copy)) }) as unknown as ConfirmedCopies,
    again: (_channel, _delivery, marks) => void again.push(marks),
  });
  // Only this of it is used.
  return { failed, channel: channel as unknown as AmqpChannel, told, copies, again, log };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const refused = (): Promise<void> => Promise.reject(new TopologyError('no rights'));

describe('an event whose copy the broker does not take', () => {
  it('is held back, longer each time in a row, and goes back to its queue; nothing is acknowledged', async () => {
    const { failed, channel, told, log } = setUp(refused);
    const waits: number[] = [];
    for (let tag = 1; tag <= 8; tag++) {
      void failed.settle(channel, delivery(tag), giveUp);
      const from = Date.now();
      await vi.advanceTimersToNextTimerAsync();
      expect(told).toHaveLength(tag);
      waits.push(Date.now() - from);
    }
    expect(told).toEqual(Array.from({ length: 8 }, (_, n) => `requeue ${n + 1}`));
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(waits[7]).toBeGreaterThanOrEqual(30_000);
    expect(log[0]).toMatchObject({ level: 'error', message: expect.stringMatching(/^no rights; .*goes back/) });
  });

  it('is held back as short as at first once another one was taken', async () => {
    let isTaken = false;
    const { failed, channel, told } = setUp(() => (isTaken ? Promise.resolve() : refused()));
    for (let tag = 1; tag <= 8; tag++) {
      void failed.settle(channel, delivery(tag), giveUp);
      await vi.advanceTimersToNextTimerAsync();
    }
    isTaken = true;
    void failed.settle(channel, delivery(9), giveUp);
    await failed.settled();
    isTaken = false;
    void failed.settle(channel, delivery(10), giveUp);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.slice(-2)).toEqual(['ack 9', 'requeue 10']);
  });

  it('goes back at once when the handler stops', async () => {
    const { failed, channel, told } = setUp(refused);
    void failed.settle(channel, delivery(), giveUp);
    await vi.advanceTimersByTimeAsync(0);
    failed.stop();
    await failed.settled();
    expect(told).toEqual(['requeue 1']);
  });

  it('goes back at once when the transport is closed', async () => {
    const { failed, channel, told, log } = setUp(() => Promise.reject(new TransportClosedError('closed')));
    void failed.settle(channel, delivery(), giveUp);
    await failed.settled();
    expect([told, log]).toEqual([['requeue 1'], []]);
  });
});

describe('an event whose headers leave no room', () => {
  const tooLarge = (copy: Copy): Promise<void> =>
    JSON.stringify(copy.properties).includes('"stack"')
      ? Promise.reject(new UnencodableError('headers', 'too large'))
      : Promise.resolve();

  it('becomes a dead letter that tells less', async () => {
    const { failed, channel, told, copies } = setUp(tooLarge);
    void failed.settle(channel, delivery(), giveUp);
    await failed.settled();
    expect(told).toEqual(['ack 1']);
    expect(copies).toHaveLength(2);
    const { properties = {} } = copies[1] ?? {};
    const { error } = readDeadLetter({ ...delivery(), properties });
    expect(error).toMatchObject({ type: 'E', message: 'm', stack: undefined });
  });

  it('waits for its next attempt in the process', async () => {
    const { failed, channel, told, again } = setUp(() => Promise.reject(new UnencodableError('headers', 'too large')));
    void failed.settle(channel, delivery(), { kind: 'retry', delayMs: 5000 });
    await vi.advanceTimersByTimeAsync(4999);
    expect(again).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(again).toMatchObject([{ failures: 1 }]);
    expect(told).toEqual([]);
  });
});

describe('an event of a queue that goes with its instance', () => {
  it('waits in the process, and goes back when the handler stops', async () => {
    const { failed, channel, told, copies, again } = setUp(refused, { reliable: false });
    void failed.settle(channel, delivery(1), { kind: 'retry', delayMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(again).toMatchObject([{ failures: 1, firstFailedAt: Date.now() - 1000 }]);
    void failed.settle(channel, delivery(2), { kind: 'retry', delayMs: 1000 });
    failed.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect([told, copies]).toEqual([['requeue 2'], []]);
  });
});

describe('the copy of a failed event', () => {
  it('has one failure more only if it counts', async () => {
    const { failed, channel, copies } = setUp(() => Promise.resolve());
    void failed.settle(channel, delivery(1), { kind: 'retry', delayMs: 100 });
    void failed.settle(channel, delivery(2), { kind: 'retry', delayMs: 100, counts: false });
    await failed.settled();
    expect(copies.map(({ properties }) => properties.headers?.['mycel-failures'])).toEqual([1, undefined]);
  });

  it('failed first when its handler says so', async () => {
    const { failed, channel, copies } = setUp(() => Promise.resolve());
    void failed.settle(channel, delivery(), { ...giveUp, firstFailedAt: 4000 });
    await failed.settled();
    const { properties = {} } = copies[0] ?? {};
    expect(readDeadLetter({ ...delivery(), properties }).firstFailedAt).toEqual(new Date(4000));
  });
});

describe('many events that wait', () => {
  it.each([
    ['in the process', { reliable: false }, { kind: 'retry', delayMs: 1000 } as const],
    ['as their copies are refused', {}, giveUp],
  ])('%s raise no alarm', async (_, given, settlement) => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const { failed, channel, told } = setUp(refused, given);
    for (let tag = 1; tag <= 20; tag++) void failed.settle(channel, delivery(tag), settlement);
    await vi.advanceTimersByTimeAsync(0);
    failed.stop();
    await vi.advanceTimersByTimeAsync(0);
    vi.useRealTimers();
    await new Promise(setImmediate); // warnings are told in a later turn
    process.off('warning', note);
    expect(told).toHaveLength(20);
    expect(warnings).toEqual([]);
  });
});

describe('who waits until failed events are settled', () => {
  it('waits for those as well that fail meanwhile', async () => {
    const safe = [deferred(), deferred()];
    let published = 0;
    const { failed, channel, told } = setUp(() => safe[published++]?.promise ?? Promise.resolve());
    void failed.settle(channel, delivery(1), giveUp);
    const seen = failed.settled()?.then(() => [...told]);
    void failed.settle(channel, delivery(2), giveUp);
    safe[0]?.resolve();
    await vi.advanceTimersByTimeAsync(0);
    safe[1]?.resolve();
    expect(await seen).toEqual(['ack 1', 'ack 2']);
    expect(failed.settled()).toBeUndefined();
  });
});

describe('an event whose channel is lost', () => {
  it('is held back no longer, and nobody is told that it goes back', async () => {
    const fail = deferred();
    const { failed, channel, told, log } = setUp(() => fail.promise);
    void failed.settle(channel, delivery(), giveUp);
    Object.assign(channel, { isOpen: false });
    fail.reject(new TopologyError('no rights'));
    await failed.settled();
    expect([told, log]).toEqual([[], []]);
  });
});

describe('an event that came back', () => {
  const back = { ...delivery(), redelivered: true };

  it('is counted by a copy at the end of its queue, marked as one that was there before', async () => {
    const { failed, channel, told, copies } = setUp(() => Promise.resolve());
    expect(failed.mustCount(back)).toBe(true);
    failed.countReturn(channel, back);
    await failed.settled();
    expect(told).toEqual(['ack 1']);
    expect(copies[0]).toMatchObject({
      to: { queue: 'evt-shop-sold--stock.on_sold' },
      properties: { headers: { 'mycel-returns': 1, 'mycel-maybe-twice': true, 'mycel-routing-key': 'sold' } },
    });
  });

  it('is not where the broker counts, where the queue is its own, where the order matters, and where nobody wants to know', () => {
    const { failed } = setUp(refused);
    const counted = (name: string): Delivery => ({ ...back, properties: { headers: { [name]: 1 } } });
    expect(['x-delivery-count', 'x-acquired-count'].map((name) => failed.mustCount(counted(name)))).toEqual([
      false,
      false,
    ]);
    expect(setUp(refused, { ignoresReturns: true }).failed.mustCount(back)).toBe(false);
    expect(setUp(refused, { oneAtATime: true }).failed.mustCount(back)).toBe(false);
    expect(setUp(refused, { mode: 'broadcast', reliable: false }).failed.mustCount(back)).toBe(false);
  });
});

describe('an event that was counted', () => {
  const counted = { ...delivery(9), properties: { headers: { 'mycel-exchange': 'shop.events', 'mycel-returns': 1 } } };

  beforeEach(() => {
    vi.useRealTimers(); // turns of the event loop pass as they do
  });

  it('begins in its order once the counts of others are acknowledged, and that is on the wire; what never came back begins at once', async () => {
    const taken = [deferred(), deferred()];
    let published = 0;
    const { failed, channel, told } = setUp(() => taken[published++]?.promise ?? Promise.resolve());
    const begin = (_channel: AmqpChannel, { deliveryTag }: Delivery): void => void told.push(`begin ${deliveryTag}`);
    for (const tag of [1, 2]) failed.countReturn(channel, { ...delivery(tag), redelivered: true });
    for (const event of [counted, delivery(10), { ...counted, deliveryTag: 11 }])
      failed.afterCounts(channel, event, begin);
    taken[0]?.resolve();
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    expect(told).toEqual(['begin 10', 'ack 1']);
    taken[1]?.resolve();
    await taken[1]?.promise;
    setImmediate(() => told.push('written'));
    await failed.settled();
    expect(told).toEqual(['begin 10', 'ack 1', 'ack 2', 'written', 'begin 9', 'begin 11']);
    failed.afterCounts(channel, counted, begin);
    expect(told.at(-1)).toBe('begin 9');
  });

  it('goes back if its handler stops meanwhile, and nowhere if its channel is lost', async () => {
    const { failed, channel, told, copies } = setUp(() => Promise.resolve());
    const begin = (): void => void told.push('begin');
    const { channel: lost } = setUp(refused);
    failed.countReturn(channel, { ...delivery(1), redelivered: true });
    failed.afterCounts(channel, counted, begin);
    failed.afterCounts(lost, counted, begin);
    Object.assign(lost, { isOpen: false });
    failed.stop();
    await failed.settled();
    expect(told).toEqual(['ack 1', 'ack 9']);
    expect(copies.map(({ properties }) => properties.headers?.['mycel-returns'])).toEqual([1, 1]);
  });
});

describe('an event that is given back', () => {
  const counted = (headers: FieldTable): Delivery => ({ ...delivery(), properties: { headers } });

  it('goes back to its queue the first time', () => {
    const { failed, channel, told } = setUp(refused);
    failed.giveBack(channel, delivery());
    expect(told).toEqual(['requeue 1']);
  });

  it.each<FieldTable>([{ 'x-delivery-count': 2 }, { 'mycel-exchange': 'shop.events', 'mycel-returns': 2 }])(
    'later goes as a copy that has come back no more often: %j',
    async (headers) => {
      const { failed, channel, told, copies } = setUp(() => Promise.resolve());
      failed.giveBack(channel, counted(headers));
      await failed.settled();
      expect(told).toEqual(['ack 1']);
      expect(copies[0]?.properties.headers).toMatchObject({ 'mycel-returns': 2, 'mycel-maybe-twice': true });
      expect(copies[0]?.properties.headers).not.toHaveProperty('x-delivery-count');
    },
  );

  it('goes back to its queue where that does not count it, where the order matters, and where nobody wants to know', () => {
    const told = [
      setUp(refused),
      setUp(refused, { oneAtATime: true }),
      setUp(refused, { ignoresReturns: true }),
      setUp(refused, { reliable: false }),
    ].flatMap(({ failed, channel, told: words }, at) => {
      failed.giveBack(channel, counted({ 'x-delivery-count': 2, ...(at === 0 && { 'x-acquired-count': 3 }) }));
      return words;
    });
    expect(told).toEqual(Array.from({ length: 4 }, () => 'requeue 1'));
  });
});
