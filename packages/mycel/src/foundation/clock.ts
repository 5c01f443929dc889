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
  schedule: (delayMs, run) => new LongTimer(delayMs, run).unref(),
};
