/** What stands in a lane. */
export interface InLane {
  /** It has been taken back: it leaves the lane without having its turn. */
  readonly isGone: boolean;
}

/**
 * Keeps order among what has the same key: one has its turn at a time, and the next only when it has left. What has different keys
 * does not wait for each other.
 *
 * States: *open* -> *closed* (whose turn it is goes on; nobody else gets a turn).
 */
export class Lanes<Key, T extends InLane> {
  readonly #begin: (item: T) => void;
  /** Of each key that is in use: whose turn it is, and behind it those that wait. */
  readonly #lanes = new Map<Key, T[]>();
  /** The lanes that go on to their next one now. */
  readonly #left: Key[] = [];
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  constructor(begin: (item: T) => void) {
    this.#begin = begin;
  }

  /** How many keys are in use. */
  get size(): number {
    return this.#lanes.size;
  }

  enter(key: Key, item: T): void {
    if (this.#isClosed) return;
    const lane = this.#lanes.get(key);
    if (lane) return void lane.push(item);
    this.#lanes.set(key, [item]);
    this.#begin(item);
  }

  /** Whose turn it was has gone. */
  leave(key: Key): void {
    this.#left.push(key);
    if (this.#left.length > 1) return; // one left as soon as it had its turn: a loop bears with thousands of them
    for (const left of this.#left) this.#goOn(left);
    this.#left.length = 0;
  }

  /** Gives nobody else a turn. `whenIdle` is called, now or later, once nobody has one any more. */
  close(whenIdle: () => void): void {
    this.#isClosed = true;
    this.#whenIdle = whenIdle;
    if (!this.#lanes.size) whenIdle();
  }

  #goOn(key: Key): void {
    const lane = this.#lanes.get(key);
    lane?.shift();
    while (lane?.[0]?.isGone) lane.shift();
    const next = this.#isClosed ? undefined : lane?.[0];
    if (next) return this.#begin(next);
    this.#lanes.delete(key);
    if (!this.#lanes.size) this.#whenIdle?.();
  }
}
