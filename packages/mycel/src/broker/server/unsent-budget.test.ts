import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Debtor, UnsentBudget } from './unsent-budget.ts';

function debtorOf(budget: UnsentBudget, name: string, heard: string[]): Debtor {
  const note = (what: string) => (): void => void heard.push(`${name} ${what}`);
  const debtor = { holdBack: note('held back'), letGo: note('let go'), drop: note('dropped') };
  budget.add(debtor);
  return debtor;
}

function useFakeTime(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('UnsentBudget', () => {
  it('holds everybody back while too much waits, and lets them go at half of it', async () => {
    const heard: string[] = [];
    const budget = new UnsentBudget(100);
    const slow = debtorOf(budget, 'slow', heard);
    debtorOf(budget, 'quick', heard);
    budget.update(slow, 100);
    expect([heard, budget.isShort]).toEqual([[], false]);
    budget.update(slow, 101);
    debtorOf(budget, 'new', heard);
    expect(heard.splice(0)).toEqual(['slow held back', 'quick held back']);
    budget.update(slow, 51);
    await nextTurn();
    expect([heard, budget.isShort]).toEqual([[], true]);
    budget.update(slow, 50);
    await nextTurn();
    expect([heard, budget.isShort]).toEqual([['slow let go', 'quick let go', 'new let go'], false]);
  });

  it('lets go in a turn of its own, since the engine may be at work, and not if it is short again by then', async () => {
    const heard: string[] = [];
    const budget = new UnsentBudget(100);
    const slow = debtorOf(budget, 'slow', heard);
    budget.update(slow, 101);
    budget.update(slow, 50);
    expect(heard).toEqual(['slow held back']);
    budget.update(slow, 99);
    await nextTurn();
    expect([heard, budget.isShort]).toEqual([['slow held back'], true]);
    budget.update(slow, 0);
    await nextTurn();
    expect(heard).toEqual(['slow held back', 'slow let go']);
  });

  it('ends a shortage when those who owe leave', async () => {
    const heard: string[] = [];
    const budget = new UnsentBudget(100);
    const slow = debtorOf(budget, 'slow', heard);
    budget.update(slow, 200);
    budget.remove(slow);
    budget.remove(slow);
    await nextTurn();
    expect([budget.bytes, budget.isShort]).toEqual([0, false]);
  });

  it('drops who reads nothing while too much waits, those who owe most first and no more than needed', async () => {
    useFakeTime();
    const heard: string[] = [];
    const budget = new UnsentBudget(100);
    const [reading, some, most] = ['reading', 'some', 'most'].map((name) => debtorOf(budget, name, heard));
    budget.update(some!, 10);
    budget.update(most!, 80);
    budget.update(reading!, 40);
    heard.length = 0;
    vi.advanceTimersByTime(4000);
    budget.update(reading!, 30);
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(2000);
    await nextTurn();
    expect(heard).toEqual(['most dropped', 'reading let go', 'some let go']);
    expect([budget.bytes, vi.getTimerCount()]).toEqual([40, 0]);
  });
});
