import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { Counters } from '../foundation/counters.ts';
import { deferred } from '../foundation/deferred.ts';
import { silentLogger } from '../foundation/logger.ts';
import {
  type AmqpChannel,
  AmqpServerError,
  type ChannelClosed,
  ConnectionClosedError,
} from '../protocol/client/index.ts';
import { KeptChannel } from './kept-channel.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

forbidUnhandledRejections();

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0); // waits are as long as they can be
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** So many attempts are too many: a loop without waits ends there. */
const tooMany = 20;

it('waits before each attempt, longer each time, while what it declares is refused', async () => {
  const first = deferred<ChannelClosed>();
  let attempts = 0;
  const channel = { isOpen: true, closed: first.promise, close: async () => {} };
  const connection = {
    isOpen: true,
    get isClosed() {
      return attempts > tooMany;
    },
    counters: new Counters(),
    onUnblocked: () => () => {},
    whenOpen: async () => ({ openChannel: async () => channel }),
  };
  // Only this of a connection is used.
  const kept = new KeptChannel(connection as unknown as SupervisedConnection, {
    name: 'test',
    logger: silentLogger,
    prepare: async () => {
      attempts += 1;
      if (attempts > 1) throw new Error('refused');
    },
  });
  // Only this of a channel is used.
  expect(await kept.ready()).toBe(channel as unknown as AmqpChannel);
  first.resolve({ reason: 'server' });
  const waits: number[] = [];
  for (let attempt = 2; attempt <= 8; attempt++) {
    const from = Date.now();
    await vi.advanceTimersToNextTimerAsync();
    expect(attempts).toBe(attempt);
    waits.push(Date.now() - from);
  }
  expect(waits).toEqual([100, 100, 200, 400, 800, 1500, 1500]);
  await kept.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([attempts, vi.getTimerCount()]).toEqual([8, 0]);
});

/** A channel whose first preparation ends like this. */
function failedOnce(failure: Error): KeptChannel {
  let attempts = 0;
  const channel = { isOpen: true, closed: deferred<ChannelClosed>().promise, close: async () => {} };
  const connection = {
    isOpen: true,
    isClosed: false,
    counters: new Counters(),
    onUnblocked: () => () => {},
    whenOpen: async () => ({ openChannel: async () => channel }),
  };
  // Only this of a connection is used.
  return new KeptChannel(connection as unknown as SupervisedConnection, {
    name: 'test',
    logger: silentLogger,
    prepare: async () => {
      attempts += 1;
      if (attempts === 1) throw failure;
    },
  });
}

/** A channel whose first preparation is refused like this. */
function refusedOnce(replyCode: number, replyText: string): KeptChannel {
  return failedOnce(new AmqpServerError('channel', replyCode, replyText, 'basic.consume'));
}

it('is prepared again when what it declared first is deleted before it is used', async () => {
  const ready = refusedOnce(404, "NOT_FOUND - no queue 'lab' in vhost '/'").ready();
  await vi.advanceTimersToNextTimerAsync();
  await expect(ready).resolves.toBeDefined();
});

it('is prepared again when the broker fails itself on the first time, and closes the connection', async () => {
  const cause = new AmqpServerError(
    'connection',
    541,
    "INTERNAL_ERROR - Cannot declare a queue 'lab'",
    'queue.declare',
  );
  const ready = failedOnce(new ConnectionClosedError('closed', { cause })).ready();
  await vi.advanceTimersToNextTimerAsync();
  await expect(ready).resolves.toBeDefined();
});

it('ends when the first time is refused with what does not pass', async () => {
  await expect(refusedOnce(406, 'PRECONDITION_FAILED').ready()).rejects.toThrow('PRECONDITION_FAILED');
});
