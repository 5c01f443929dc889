import { LongTimer } from './long-timer.ts';

/** A timer that has been set. */
export interface ClockTimer {
  /** Keeps it from firing. Idempotent. */
  cancel(): void;
}

/** Where time comes from, so that tests may make it pass. */
export interface Clock {
  /** Milliseconds since 1970. Never goes back, whatever is done to the machine's clock. */
  now(): number;
  /** Runs something once, after any number of milliseconds. Does not keep the process alive. */
  schedule(delayMs: number, run: () => void): ClockTimer;
}

/** The time of this machine, as it was when the process began and has passed since. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  schedule: (delayMs, run) => (delayMs > 0 ? new LongTimer(delayMs, run).unref() : afterOthers(run)),
};

/** In the next turn. A timer might run before whoever waits for the network: timers that set timers and take long keep it waiting. */
function afterOthers(run: () => void): ClockTimer {
  // It keeps the process for no more than a turn; without that, the turn would come with the next event only.
  const immediate = setImmediate(run);
  return { cancel: () => clearImmediate(immediate) };
}
