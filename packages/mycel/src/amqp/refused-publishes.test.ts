import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AmqpChannel } from '../protocol/client/index.ts';
import { RefusedPublishes } from './refused-publishes.ts';

const { signal } = new AbortController();
let refused: RefusedPublishes;

beforeEach(() => {
  vi.useFakeTimers();
  refused = new RefusedPublishes();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A channel on which so many publishes are not confirmed yet. */
function channelWith(unconfirmed: number): AmqpChannel & { unconfirmed: number } {
  const channel: Pick<AmqpChannel, 'isOpen'> & { unconfirmed: number } = { isOpen: true, unconfirmed };
  return channel as AmqpChannel & { unconfirmed: number }; // nothing else is looked at
}

it('nothing more goes on a channel until what is on its way there is confirmed', async () => {
  const channel = channelWith(1);
  const drained = refused.drain(channel, signal);
  expect([refused.holdsBack(channel), refused.holdsBack(channelWith(0)), refused.isTime]).toEqual([true, false, false]);
  channel.unconfirmed = 0;
  await vi.advanceTimersByTimeAsync(10);
  expect(await drained).toBe(true);
  expect(refused.holdsBack(channel)).toBe(false);
});

it('channels are replaced less and less often, and as at first after a minute', async () => {
  const waits = [0, 250, 500, 1000, 2000, 2000];
  for (const ms of waits) {
    if (ms > 0) {
      vi.advanceTimersByTime(ms - 1);
      expect(refused.isTime).toBe(false);
      vi.advanceTimersByTime(1);
    }
    expect(refused.isTime).toBe(true);
    await refused.drain(channelWith(0), signal);
  }
  vi.advanceTimersByTime(60_001);
  expect(refused.isTime).toBe(true);
  await refused.drain(channelWith(0), signal);
  vi.advanceTimersByTime(250);
  expect(refused.isTime).toBe(true);
});

it('a channel on which something stays unconfirmed is not held back again at once', async () => {
  const channel = channelWith(1);
  const drained = refused.drain(channel, signal);
  await vi.advanceTimersByTimeAsync(2000);
  expect(await drained).toBe(false);
  expect(refused.holdsBack(channel)).toBe(false);
  const again = refused.drain(channel, signal);
  await vi.advanceTimersByTimeAsync(1000);
  expect([await again, refused.isTime]).toEqual([false, false]);
  vi.advanceTimersByTime(500);
  expect(refused.isTime).toBe(true);
});

it('the end of one channel lets nothing go on the next, which is held back too', async () => {
  const [first, second] = [channelWith(1), channelWith(1)];
  void refused.drain(first, signal);
  Object.assign(first, { isOpen: false, unconfirmed: 0 });
  const drained = refused.drain(second, signal);
  await vi.advanceTimersByTimeAsync(10);
  expect(refused.holdsBack(second)).toBe(true);
  second.unconfirmed = 0;
  await vi.advanceTimersByTimeAsync(10);
  expect(await drained).toBe(true);
});
