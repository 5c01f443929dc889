import { type Awaitable, isThenable } from '../foundation/awaitable.ts';
import type { Clock } from '../foundation/clock.ts';
import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';

/** Tells how something is; throws, or returns a report, if it is not well. */
export interface HealthSource {
  readonly name: string;
  readonly ask: (signal: AbortSignal) => Awaitable<HealthReport | void>;
}

/** The limits of a {@link HealthCheck}, in milliseconds. */
export interface HealthCheckLimits {
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** How long an answer that had to be waited for is kept. */
  readonly keptMs: number;
}

/** A question that is under way. */
interface Asking {
  readonly at: number;
  readonly report: Promise<HealthReport>;
}

/** What did not answer and did not end when its signal aborted is left alone for so many times its limit. */
const patience = 10;

/**
 * Asks one source how it is, however often and by how many it is asked itself: never two questions at once, an answer
 * for everyone who waits, and an answer in time whatever the source does.
 */
export class HealthCheck {
  readonly #source: HealthSource;
  readonly #limits: HealthCheckLimits;
  readonly #clock: Clock;
  #asking: Asking | undefined;
  #last: { readonly at: number; readonly report: HealthReport } | undefined;

  constructor(source: HealthSource, limits: HealthCheckLimits, clock: Clock) {
    this.#source = source;
    this.#limits = limits;
    this.#clock = clock;
  }

  get name(): string {
    return this.#source.name;
  }

  /** Returns a report, at once if it can. Never throws or rejects; a source that is late is reported as not ready. */
  report(): Awaitable<HealthReport> {
    const now = this.#clock.now();
    const { timeoutMs, keptMs } = this.#limits;
    if (this.#asking && now < this.#asking.at + timeoutMs * patience) return this.#asking.report;
    if (this.#last && now < this.#last.at + keptMs) return this.#last.report;
    const controller = new AbortController();
    let answer: Awaitable<HealthReport | void>;
    try {
      answer = this.#source.ask(controller.signal);
    } catch (error) {
      return failed(error);
    }
    if (!isThenable(answer)) return answer ?? well;
    return this.#await(answer, controller, now);
  }

  #await(answer: PromiseLike<HealthReport | void>, controller: AbortController, at: number): Promise<HealthReport> {
    const { timeoutMs } = this.#limits;
    let timer = { cancel: (): void => {} };
    const late = new Promise<HealthReport>((resolve) => {
      timer = this.#clock.schedule(timeoutMs, () => {
        const reason = `gave no answer within ${timeoutMs} ms`;
        resolve({ ready: false, state: 'unknown', reason });
        controller.abort(new Error(`the health check ${reason}`));
      });
    });
    const settled = Promise.resolve(answer).then((report) => report ?? well, failed);
    const asking = { at, report: Promise.race([settled, late]) };
    this.#asking = asking;
    void settled.then((report) => {
      timer.cancel();
      if (this.#asking !== asking) return; // given up, and asked anew since
      this.#asking = undefined;
      this.#last = { at: this.#clock.now(), report };
    });
    return asking.report;
  }
}

const well: HealthReport = { ready: true, state: 'ok' };

function failed(error: unknown): HealthReport {
  return { ready: false, state: 'failed', reason: messageOf(error) };
}
