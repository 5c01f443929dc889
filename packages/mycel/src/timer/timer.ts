import { declareEntrypoint, type EntrypointDecorator } from '../core/declaration.ts';
import { TimerEntrypoint, type TimerOptions } from './timer-entrypoint.ts';

/**
 * Fires the method, without arguments, at fixed intervals: `@timer({ interval: '10s' })`. The schedule does not drift
 * and never overlaps: after work that took longer than the interval the next tick comes at once, and what was missed
 * meanwhile is skipped. A tick that throws is logged, and ticking goes on. Every instance of the service has its own
 * timer: with three replicas the work is done three times. Throws a `UsageError` for an interval below 1 ms.
 */
export function timer(options: TimerOptions): EntrypointDecorator<() => unknown> {
  const create = (): TimerEntrypoint => new TimerEntrypoint(options);
  create(); // checks the options where they are written
  return declareEntrypoint('timer', create);
}
