import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PartialBudget, type PartialShare } from './partial-budget.ts';

let now: number;

beforeEach(() => {
  now = 1000;
  const time = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => time.mockRestore());
});

/** The shares of three connections, and which of them were evicted. */
function setUp(mostBytes: number): { budget: PartialBudget; shares: PartialShare[]; evicted: string[] } {
  const budget = new PartialBudget(mostBytes);
  const evicted: string[] = [];
  const shares = [0, 1, 2].map((at) => {
    const share = budget.shareOf({
      evicted: ({ replyCode }) => {
        evicted.push(`${at}: ${replyCode}`);
        // As its channels do when they close.
        share.give(60);
      },
    });
    return share;
  });
  return { budget, shares, evicted };
}

describe('PartialBudget', () => {
  it('ends who has held most for longest, and not who has a large message coming', () => {
    const { budget, shares, evicted } = setUp(100);
    const [large, small, honest] = shares as [PartialShare, PartialShare, PartialShare];
    small.take(10);
    large.take(60);
    now += 100;
    honest.take(30);
    now += 1;
    honest.take(40);
    expect([evicted, budget.bytes]).toEqual([['0: 506'], 80]);
    honest.take(20);
    expect([evicted, budget.bytes]).toEqual([['0: 506'], 100]);
    honest.take(1);
    expect([evicted, budget.bytes]).toEqual([['0: 506', '1: 506'], 91]);
  });

  it('refuses who holds too much by itself, and takes nothing of it', () => {
    const { budget, shares, evicted } = setUp(100);
    const [greedy] = shares as [PartialShare];
    greedy.take(60);
    expect(() => greedy.take(60)).toThrow(/506 RESOURCE_ERROR/);
    expect([evicted, budget.bytes]).toEqual([[], 60]);
  });

  it('counts the time from when something is held, not from the first message', () => {
    const { shares, evicted } = setUp(100);
    const [busy, idle, honest] = shares as [PartialShare, PartialShare, PartialShare];
    busy.take(50);
    busy.give(50);
    now += 100;
    idle.take(50);
    now += 10;
    busy.take(50);
    now += 1;
    honest.take(1);
    expect(evicted).toEqual(['1: 506']);
  });
});
