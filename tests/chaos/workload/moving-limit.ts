/** A time limit that moves on as long as something gets on, and ends in any case: for work of which nobody knows how long a slow machine takes. */
export class MovingLimit {
  readonly #limitMs: number;
  readonly #last: number;
  #end: number;

  constructor(limitMs: number, longestMs: number) {
    this.#limitMs = limitMs;
    this.#last = performance.now() + longestMs;
    this.#end = performance.now() + limitMs;
  }

  get isOver(): boolean {
    return performance.now() > this.#end;
  }

  /** Something got on: from now on it may take the limit's time again. */
  move(): void {
    this.#end = Math.min(this.#last, performance.now() + this.#limitMs);
  }
}
