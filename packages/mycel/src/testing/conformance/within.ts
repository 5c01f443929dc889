import { AssertionError } from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { endsWithin } from '../../foundation/long-timer.ts';

/** Less than the time limits of test runners. */
const usualPatienceMs = 8000;

const patience = new AsyncLocalStorage<number>();

/** How long a behaviour waits for what must come. */
export function patienceMs(): number {
  return patience.getStore() ?? usualPatienceMs;
}

/** Plays a behaviour that waits so long for what must come. */
export function withPatience<T>(ms: number | undefined, play: () => T): T {
  return ms === undefined ? play() : patience.run(ms, play);
}

/** Waits for what must come, and says what it was if it does not. Rejects as `work` does. */
export async function within<T>(work: PromiseLike<T>, what: string | (() => string)): Promise<T> {
  if (await endsWithin(work, patienceMs())) return work;
  throw late(typeof what === 'string' ? what : what());
}

/** Tries again and again until `attempt` resolves with true, which must be soon. Rejects as `attempt` does. */
export async function eventually(what: string, attempt: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs();
  while (!(await within(attempt(), what))) {
    if (performance.now() > deadline) throw late(what);
    await delay(20);
  }
}

function late(what: string): AssertionError {
  return new AssertionError({ message: `waited ${patienceMs() / 1000} s in vain for ${what}` });
}
