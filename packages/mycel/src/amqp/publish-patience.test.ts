import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodePayload } from '../transport/payload.ts';
import { Publication } from './publication.ts';
import { PublishPatience } from './publish-patience.ts';

const unknownSource = 'unknown';
let waiting: Publication[];
let givenUp: number[];
let patience: PublishPatience;

beforeEach(() => {
  vi.useFakeTimers();
  [waiting, givenUp] = [[], []];
  patience = new PublishPatience({
    timeoutMs: 1000,
    waiting: () => waiting,
    isKnown: (source) => source !== unknownSource,
    giveUp: (publication) => {
      givenUp.push(publication.ordinal);
      waiting = waiting.filter((other) => other !== publication);
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function publish(ordinal: number, source = 'shop'): void {
  const context = { callIdStack: [], data: {} };
  waiting.push(new Publication({ source, type: 'sold', payload: null, context }, encodePayload(null, 'null'), ordinal));
  patience.begin();
}

describe('the patience with events that wait', () => {
  it('ends for each in its own time, by one timer', () => {
    publish(1);
    vi.advanceTimersByTime(400);
    publish(2);
    publish(3);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(599);
    expect(givenUp).toEqual([]);
    vi.advanceTimersByTime(11);
    expect(givenUp).toEqual([1]);
    vi.advanceTimersByTime(389);
    expect(givenUp).toEqual([1]);
    vi.advanceTimersByTime(11);
    expect(givenUp).toEqual([1, 2, 3]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('begins anew with each confirm, but not for sources of which nothing was ever taken', () => {
    publish(1);
    publish(2, unknownSource);
    vi.advanceTimersByTime(900);
    patience.noteConfirm();
    vi.advanceTimersByTime(990);
    expect(givenUp).toEqual([2]);
    vi.advanceTimersByTime(20);
    expect(givenUp).toEqual([2, 1]);
  });

  it('begins with the event, not with one before', () => {
    publish(1);
    vi.advanceTimersByTime(900);
    waiting = [];
    patience.rest();
    expect(vi.getTimerCount()).toBe(0);
    publish(2);
    vi.advanceTimersByTime(990);
    expect(givenUp).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(givenUp).toEqual([2]);
  });

  it('does not look at thousands for each of them', () => {
    let looks = 0;
    const counting = new PublishPatience({
      timeoutMs: 1000,
      waiting: () => {
        looks++;
        return waiting;
      },
      isKnown: () => true,
      giveUp: ({ ordinal }) => (waiting = waiting.filter((other) => other.ordinal !== ordinal)),
    });
    for (let ordinal = 0; ordinal < 1000; ordinal++) {
      publish(ordinal);
      counting.begin();
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(1100);
    expect(waiting).toEqual([]);
    expect(looks).toBeLessThanOrEqual(102);
  });

  it('ends for good when it is closed', () => {
    publish(1);
    patience.close();
    publish(2);
    expect(vi.getTimerCount()).toBe(0);
  });
});
