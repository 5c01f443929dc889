import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SeededRandom } from '../../../../tests/support/seeded-random.ts';
import { suspectMs, TargetOrder } from './target-order.ts';

const [a, b, c] = ['a', 'b', 'c'].map((host) => ({ host })) as [{ host: string }, { host: string }, { host: string }];
const all = [a, b, c];

function hosts(order: TargetOrder, targets = all): string {
  return order
    .arrange(targets)
    .map(({ host }) => host)
    .join('');
}

describe('the nodes of a cluster', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.advanceTimersByTime(1);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are tried in an order by chance, of which each process has its own and keeps it', () => {
    const random = new SeededRandom(1);
    const firsts = Array.from({ length: 300 }, () => {
      const order = new TargetOrder(() => random.next());
      const first = hosts(order);
      expect(hosts(order)).toBe(first);
      return first.charAt(0);
    });
    for (const host of ['a', 'b', 'c']) expect(firsts.filter((first) => first === host).length).toBeGreaterThan(70);
  });

  it('are tried last when they have failed, the one that failed first before the others', () => {
    const order = new TargetOrder();
    for (const failing of [b, a]) {
      order.failed(failing);
      vi.advanceTimersByTime(10);
    }
    expect(hosts(order)).toBe('cba');
    order.failed(c);
    expect(hosts(order)).toBe('bac');
  });

  it('are as good as the others when they have worked again, or some time after they failed', () => {
    const worked = new TargetOrder(() => 0.5);
    hosts(worked);
    worked.failed(a);
    expect(hosts(worked)).toBe('bca');
    worked.worked(a);
    expect(hosts(worked)).toBe('abc');
    worked.failed(a);
    vi.advanceTimersByTime(suspectMs);
    expect(hosts(worked)).toBe('abc');
  });

  it('are forgotten when they are named no more', () => {
    const order = new TargetOrder(() => 0.5);
    order.failed(a);
    expect(hosts(order, [b, c])).toBe('bc');
    expect(hosts(order)).toBe('abc');
  });
});
