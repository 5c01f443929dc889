/** Lets so many through at once; the others wait, first come, first served. */
export class Gate<T> {
  readonly #size: number;
  readonly #open: (item: T) => void;
  #waiting: T[] = [];
  #inside = 0;
  #isOpening = false;

  constructor(size: number, open: (item: T) => void) {
    this.#size = size;
    this.#open = open;
  }

  /** Lets an item through, now or when it is its turn. */
  enter(item: T): void {
    // Some wait although there is room: they are being let through.
    if (this.#inside >= this.#size || this.#waiting.length > 0) return void this.#waiting.push(item);
    this.#inside += 1;
    this.#open(item);
  }

  /** Takes a place, even if there is none left, for something that is to {@link leave} it like the others. */
  take(): void {
    this.#inside += 1;
  }

  /** One that was let through has gone: the next one may come. */
  leave(): void {
    this.#inside -= 1;
    if (this.#isOpening) return; // one left as soon as it was let through: a loop bears with thousands of them
    this.#isOpening = true;
    for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext()) this.#open(next);
    this.#isOpening = false;
  }

  /** Takes out those that wait. */
  takeWaiting(): T[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  #takeNext(): T | undefined {
    const next = this.#inside < this.#size ? this.#waiting.shift() : undefined;
    if (next !== undefined) this.#inside += 1;
    return next;
  }
}
