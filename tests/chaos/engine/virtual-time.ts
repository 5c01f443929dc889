import { setImmediate as nextTurn } from 'node:timers/promises';
import { SeededRandom } from '../../support/seeded-random.ts';

interface Timer {
  dueAt: number;
  readonly ordinal: number;
  readonly delayMs: number;
  readonly isRepeated: boolean;
  readonly run: () => void;
}

const epoch = Date.UTC(2026, 0, 1);

/** So many turns of the event loop in which nothing moves: then nothing more will, until a timer fires. */
const quietTurns = 4;

/** So many turns at one moment are no work, but something that runs in circles. */
const mostTurns = 20_000;

/**
 * Time that passes only when all work is done, and chance that a seed repeats: in place of the timers, the clocks and
 * `Math.random` of this process, from {@link install} until it is disposed.
 */
export class VirtualTime implements Disposable {
  /** Counts what moves, so that it is seen when nothing does any more. */
  activity = 0;
  readonly #timers = new Set<Timer>();
  readonly #restore: (() => void)[] = [];
  #now = 0;
  #set = 0;

  static install(seed: number): VirtualTime {
    const time = new VirtualTime();
    time.#replaceTimers();
    time.#replaceClocks();
    const random = new SeededRandom(seed);
    time.#replace(Math, 'random', () => random.next());
    return time;
  }

  /** Milliseconds since it was installed. */
  get now(): number {
    return this.#now;
  }

  /** Lets time pass until the work is over, or the limit is: `false` then. Rejects as the work does. */
  async until(work: Promise<unknown>, limitMs: number): Promise<boolean> {
    const state = { isOver: false };
    const ended = work.finally(() => {
      state.isOver = true;
    });
    ended.catch(() => {}); // awaited below
    const end = this.#now + limitMs;
    for (;;) {
      await this.#untilQuiet();
      if (state.isOver) break;
      const next = this.#next();
      if (next === undefined || next.dueAt > end) return false;
      this.#now = Math.max(this.#now, next.dueAt);
      this.#fire(next);
    }
    await ended;
    return true;
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore.splice(0)) restore();
    this.#timers.clear();
  }

  async #untilQuiet(): Promise<void> {
    for (let quiet = 0, turns = 0; quiet < quietTurns; quiet++) {
      if (++turns > mostTurns) throw new Error(`time stands still at ${this.#now} ms: something runs in circles`);
      const before = this.activity;
      await nextTurn();
      if (this.activity !== before) quiet = -1;
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (!next || timer.dueAt < next.dueAt || (timer.dueAt === next.dueAt && timer.ordinal < next.ordinal))
        next = timer;
    return next;
  }

  #fire(timer: Timer): void {
    if (timer.isRepeated) timer.dueAt = this.#now + timer.delayMs;
    else this.#timers.delete(timer);
    timer.run();
  }

  #replaceTimers(): void {
    const set =
      (isRepeated: boolean) =>
      (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
        const delayMs = Math.max(1, Math.trunc(ms ?? 1) || 1);
        const timer = {
          dueAt: this.#now + delayMs,
          ordinal: ++this.#set,
          delayMs,
          isRepeated,
          run: () => run(...args),
        };
        this.#timers.add(timer);
        return this.#handle(timer);
      };
    const clear = (handle: { readonly timer?: Timer } | undefined): void => {
      if (handle?.timer) this.#timers.delete(handle.timer);
    };
    this.#replace(globalThis, 'setTimeout', set(false));
    this.#replace(globalThis, 'setInterval', set(true));
    this.#replace(globalThis, 'clearTimeout', clear);
    this.#replace(globalThis, 'clearInterval', clear);
  }

  /** What Node's timers can, as far as anybody asks it of them. */
  #handle(timer: Timer): object {
    const handle = {
      timer,
      ref: () => handle,
      unref: () => handle,
      hasRef: () => true,
      refresh: () => {
        timer.dueAt = this.#now + timer.delayMs;
        this.#timers.add(timer);
        return handle;
      },
    };
    return handle;
  }

  #replaceClocks(): void {
    const now = (): number => this.#now;
    this.#replace(performance, 'now', now);
    this.#replace(performance, 'timeOrigin', epoch);
    const RealDate = Date;
    class VirtualDate extends RealDate {
      static override now = (): number => epoch + now();
      constructor(value?: number | string | Date) {
        super(value ?? epoch + now());
      }
    }
    this.#replace(globalThis, 'Date', VirtualDate);
  }

  #replace(owner: object, name: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
    this.#restore.unshift(() => {
      if (before) Object.defineProperty(owner, name, before);
      else Reflect.deleteProperty(owner, name);
    });
  }
}
