import { exitCode, signalCodes } from './exit-codes.ts';
import { WatchedChild } from './watched-child.ts';

/** Editors and compilers write in several steps: a change counts when it has been quiet for this long. */
const quietMs = 80;

/** After a child has loaded its modules it needs the processor itself; the next one can wait. */
const spareAfterMs = 500;

/**
 * One child after the other. States: *running* (a child runs) -> *restarting* (it was told to stop; the spare one follows) ->
 * *running*; a child that ends by itself leaves *waiting* (for a change); *ending* after a signal.
 *
 * A spare child stands by with Mycel loaded, so that a restart need not wait for that. It loads nothing of the user's, and
 * goes only when the child before it has ended: there is never more than one consumer.
 */
export class WatchLoop {
  readonly #args: readonly string[];
  readonly #onLoaded: (files: readonly string[]) => void;
  #child: WatchedChild | undefined;
  #spare: WatchedChild | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #isEnding = false;
  #wake: (() => void) | undefined;

  /** `onLoaded` is told which files a child was loaded from. */
  constructor(args: readonly string[], onLoaded: (files: readonly string[]) => void) {
    this.#args = args;
    this.#onLoaded = onLoaded;
  }

  /** Notes a change; once it is quiet, the child is replaced. */
  changed(file: string): void {
    if (this.#isEnding) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      sayWatching(`${file} changed: starting again`);
      this.#child?.replace();
      this.#wake?.();
    }, quietMs);
  }

  /** Ends child and loop; the second call ends the child at once. */
  end(signal: 'SIGTERM' | 'SIGINT'): void {
    this.#spare?.kill('SIGKILL');
    if (this.#isEnding) {
      this.#child?.kill('SIGKILL');
      process.exit(signalCodes[signal]);
    }
    this.#isEnding = true;
    clearTimeout(this.#quiet);
    this.#child?.kill(signal);
    this.#wake?.();
  }

  /** Runs children until {@link end}; resolves with the exit code. */
  async run(): Promise<number> {
    for (;;) {
      const woken = new Promise<void>((wake) => {
        this.#wake = wake;
      });
      const child = this.#next();
      child.go();
      const code = await child.ended;
      this.#child = undefined;
      if (this.#isEnding) return code;
      if (child.isReplaced) continue;
      sayWatching(`ended with exit code ${code}: waiting for a change`);
      this.#prepareSpare();
      await woken;
      if (this.#isEnding) return exitCode.ok;
    }
  }

  #next(): WatchedChild {
    const child = this.#spare?.isAlive ? this.#spare : this.#fork();
    this.#spare = undefined;
    this.#child = child;
    return child;
  }

  #fork(): WatchedChild {
    return new WatchedChild(this.#args, (files) => {
      this.#onLoaded(files);
      setTimeout(() => this.#prepareSpare(), spareAfterMs).unref();
    });
  }

  #prepareSpare(): void {
    if (!this.#isEnding && !this.#spare?.isAlive) this.#spare = this.#fork();
  }
}

/** Says on standard error what `--watch` does. */
export function sayWatching(text: string): void {
  process.stderr.write(`mycel: ${text}\n`);
}
