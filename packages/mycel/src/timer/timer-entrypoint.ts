import { Entrypoint } from '../core/entrypoint.ts';
import { durationMs, type Duration } from '../foundation/duration.ts';
import { UsageError } from '../foundation/errors.ts';
import { longestTimerMs } from '../foundation/long-timer.ts';
import { TimerSchedule } from './timer-schedule.ts';

/** When a timer ticks. */
export interface TimerOptions {
  /** The time from one tick to the next: milliseconds, or text such as `'10s'`; at least 1 ms. */
  readonly interval: Duration;
  /** The first tick is at the start of the service instead of one interval later. @default false */
  readonly eager?: boolean;
}

/**
 * Fires its method at fixed intervals, on a monotonic clock. Never two at once: a tick lasts from when it is due until
 * its worker has ended, the wait for a free worker included.
 *
 * States: *waiting* for the next tick, *working*, *stopped*.
 */
export class TimerEntrypoint extends Entrypoint {
  readonly kind = 'timer';
  readonly intervalMs: number;
  readonly isEager: boolean;
  #timeout: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor({ interval, eager = false }: TimerOptions) {
    super();
    this.intervalMs = durationMs(interval, '@timer: interval');
    this.isEager = eager;
    if (this.intervalMs < 1) throw new UsageError(`@timer: interval: expected at least 1 ms, got ${interval}`);
  }

  override describe(): Record<string, unknown> {
    return { intervalMs: this.intervalMs, eager: this.isEager };
  }

  override start(): void {
    this.#wait(new TimerSchedule(this.intervalMs, this.isEager, performance.now()));
  }

  override stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timeout);
  }

  override kill(): void {
    this.stop();
  }

  #wait(schedule: TimerSchedule): void {
    if (this.#isStopped) return;
    const remaining = schedule.remainingMs(performance.now());
    this.#timeout = setTimeout(
      () => {
        // A timeout may be cut short (the longest there is) or come a little early.
        if (schedule.remainingMs(performance.now()) > 0) this.#wait(schedule);
        else void this.#work(schedule);
      },
      Math.min(Math.ceil(remaining), longestTimerMs),
    );
  }

  async #work(schedule: TimerSchedule): Promise<void> {
    try {
      // A tick that has not begun when the service stops is dropped: the next instance has its own.
      await this.host.spawnWorker({ entrypoint: this, args: [], returnable: true }).outcome;
    } catch {
      // It was not run, because the service ends: the container has said so.
    }
    schedule.advance(performance.now());
    this.#wait(schedule);
  }
}
