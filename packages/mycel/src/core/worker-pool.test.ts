import { describe, expect, test } from 'vitest';
import { fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { ServiceContainer } from './container.ts';
import { defineService } from './service.ts';
import { DeadlinePassedError } from './worker-errors.ts';

forbidUnhandledRejections();

/** A started container whose workers, on two entrypoints, note their name and run until it is opened. */
async function gatedContainer(maxWorkers: number) {
  const steps = new Steps();
  const gates = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, deferred()]));
  class Gated {
    async one(name: string): Promise<void> {
      steps.note(name);
      await gates.get(name)?.promise;
      if (name === 'b') throw new Error('workers that fail free their slot too');
    }
    async two(name: string): Promise<void> {
      await this.one(name);
    }
  }
  const container = new ServiceContainer(defineService(Gated, 'gated', { one: fired, two: fired }, { maxWorkers }));
  await container.start();
  return { container, steps, open: (name: string) => gates.get(name)?.resolve() };
}

describe('the workers of a container', () => {
  test('run at most maxWorkers at once, over all entrypoints, first come first served', async () => {
    const { container, steps, open } = await gatedContainer(2);
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name, index) =>
      fire(container, index % 2 ? 'two' : 'one', { args: [name] }),
    );
    await steps.until('b');
    expect(steps.taken).toEqual(['a', 'b']);
    open('b');
    await b?.outcome;
    await steps.until('c');
    expect(steps.taken).toEqual(['a', 'b', 'c']);
    open('c');
    open('a');
    await Promise.all([a?.outcome, c?.outcome]);
    await steps.until('e');
    expect(steps.taken).toEqual(['a', 'b', 'c', 'd', 'e']);
    open('d');
    open('e');
    await Promise.all([d?.outcome, e?.outcome]);
    await container.stop();
  });

  test('that are aborted while they wait are never started, and reject with the reason', async () => {
    const { container, steps, open } = await gatedContainer(1);
    const running = fire(container, 'one', { args: ['a'] });
    const waiting = fire(container, 'one', { args: ['b'] });
    const next = fire(container, 'one', { args: ['c'] });
    const reason = new Error('the caller has gone');
    waiting.abort(reason);
    waiting.abort(new Error('twice'));
    await expect(waiting.outcome).rejects.toBe(reason);
    open('a');
    open('c');
    await Promise.all([running.outcome, next.outcome]);
    expect(steps.taken).toEqual(['a', 'c']);
    await container.stop();
  });

  test('whose deadline passed while they waited are not started, and those behind them are', async () => {
    const { container, steps, open } = await gatedContainer(1);
    const running = fire(container, 'one', { args: ['a'] });
    const late = Array.from({ length: 8_000 }, () => fire(container, 'one', { args: ['late'], timeoutMs: 0 }));
    const patient = fire(container, 'two', { args: ['b'], timeoutMs: 60_000 });
    open('a');
    await running.outcome;
    const outcomes = await Promise.allSettled(late.map(({ outcome }) => outcome));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(late[0]?.outcome).rejects.toThrow(DeadlinePassedError);
    open('b');
    await patient.outcome;
    expect(steps.taken).toEqual(['a', 'b']);
    await container.stop();
  });

  test('are not started past their deadline even if one is free', async () => {
    const { container, steps } = await gatedContainer(1);
    await expect(fire(container, 'one', { args: ['a'], timeoutMs: -5 }).outcome).rejects.toMatchObject({
      code: 'MYCEL_DEADLINE_PASSED',
      message: expect.stringContaining('gated.one was not started'),
    });
    expect(steps.taken).toEqual([]);
    await container.stop();
  });

  test('may fire further workers of their own service', async () => {
    const steps = new Steps();
    class Nesting {
      outer(): void {
        fire(container, 'inner');
        steps.note('outer ended');
      }
      inner(): void {
        steps.note('inner');
      }
    }
    const definition = defineService(Nesting, 'nesting', { outer: fired, inner: fired }, { maxWorkers: 1 });
    const container = new ServiceContainer(definition);
    await container.start();
    await fire(container, 'outer').outcome;
    await steps.until('inner');
    expect(steps.taken).toEqual(['outer ended', 'inner']);
    await container.stop();
  });
});

describe('a stopping container', () => {
  test('has stopped once the last waiting worker is aborted', async () => {
    const { container, open } = await gatedContainer(1);
    const running = fire(container, 'one', { args: ['a'] });
    const waiting = fire(container, 'one', { args: ['b'] });
    const stopping = container.stop();
    open('a');
    await running.outcome;
    waiting.abort(new Error('gone'));
    await waiting.outcome.catch(() => {});
    open('b');
    await stopping;
    expect(container.state).toBe('stopped');
  });
});
