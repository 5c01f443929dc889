import { TransportClosedError } from '../transport/transport-errors.ts';
import type { EventRun } from './event-run.ts';

/** What {@link Trials} asks of the handler. */
export interface TrialsInit {
  /** Whether one that began so often, and whose end nobody lived to see, is given up. */
  readonly condemns: (trials: number) => boolean;
  readonly start: (run: EventRun) => void;
  readonly condemn: (run: EventRun, trials: number) => void;
  /** It was not begun, and goes back. */
  readonly giveBack: (run: EventRun) => void;
  /** It is started although its beginning could not be noted. */
  readonly notNoted: (run: EventRun, error: unknown) => void;
}

/**
 * Tries the suspects of one handler, one at a time: notes the beginning of each before it starts, where the transport keeps such
 * notes, so that the next process knows which of them had begun when this one died.
 *
 * States: *open* -> *closed* (nothing more is begun).
 */
export class Trials {
  readonly #init: TrialsInit;
  /** The one whose beginning is being noted. */
  #beginning: EventRun | undefined;
  /** The one that failed last and is tried again: its failure may yet end the process. */
  #held: EventRun | undefined;
  #isClosed = false;

  constructor(init: TrialsInit) {
    this.#init = init;
  }

  /** Starts a suspect, or gives it up. */
  begin(run: EventRun): void {
    const { trial } = run.event;
    if (!trial) return this.#init.start(run);
    if (this.#held !== run) this.#endHeld();
    this.#held = undefined;
    this.#beginning = run;
    trial.begin().then(
      (trials) => this.#noted(run, trials),
      (error: unknown) => this.#notNoted(run, error),
    );
  }

  /** One that failed waits for its next attempt. That is its end only once the process outlives it for a while. */
  hold(run: EventRun): void {
    if (!run.isSuspect) return;
    this.#endHeld();
    this.#held = run;
    if (this.#isClosed) this.#endHeld();
  }

  /** Begins with nothing more: what is about to begin goes back. */
  close(): void {
    this.#isClosed = true;
    this.#endHeld();
    const run = this.#beginning;
    this.#beginning = undefined;
    if (run) this.#init.giveBack(run);
  }

  #notNoted(run: EventRun, error: unknown): void {
    if (this.#beginning !== run) return;
    if (error instanceof TransportClosedError) return this.close();
    this.#init.notNoted(run, error);
    this.#noted(run, 0);
  }

  #noted(run: EventRun, trials: number): void {
    if (this.#beginning !== run) return;
    this.#beginning = undefined;
    const { condemns, condemn, giveBack, start } = this.#init;
    if (run.isGone) giveBack(run);
    else if (condemns(trials)) condemn(run, trials);
    else start(run);
  }

  #endHeld(): void {
    this.#held?.event.trial?.end();
    this.#held = undefined;
  }
}
