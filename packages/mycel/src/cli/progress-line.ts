import { terminalWidth } from './terminal-width.ts';
import { cut } from './text-table.ts';

/** What is shown sooner only flickers. */
const quietMs = 300;
const redrawMs = 100;

const barWidth = 24;

/** Where progress is shown: standard error. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** One line on a terminal that tells how far the work is, and goes when it is done. Without a terminal nothing is shown. */
export class ProgressLine {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #shownAt: number;
  #isShown = false;

  constructor(stream: ProgressStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
    this.#shownAt = now() + quietMs - redrawMs;
  }

  /** Shows that so many are done; seldom enough to cost nothing. `text` stands behind the bar. */
  show(done: number, total: number, text: () => string): void {
    if (this.#stream.isTTY !== true || this.#now() - this.#shownAt < redrawMs) return;
    this.#shownAt = this.#now();
    this.#isShown = true;
    const filled = Math.round(barWidth * Math.min(1, done / Math.max(1, total)));
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    const width = (terminalWidth(this.#stream) ?? 80) - 1;
    this.#stream.write(`\r${cut(`${bar} ${text()}`, width)}\x1b[K`);
  }

  /** Leaves nothing of it on the terminal. Idempotent. */
  clear(): void {
    if (this.#isShown) this.#stream.write('\r\x1b[K');
    this.#isShown = false;
  }
}
