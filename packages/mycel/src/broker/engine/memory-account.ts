import type { Message } from './message.ts';

/** What a message takes besides its content, and what each queue it stands in takes besides the message: estimates. */
const messageBytes = 400;
const placeBytes = 150;

/** Blocked publishers go on when less than this part of the limit is used: not at each message that comes and goes. */
const resumeAt = 0.9;

/** Publishers are blocked at the limit; what is not theirs may take so many times as much. */
const overfullAt = 2;

/** Counts the bytes of all messages that are kept, and says when they are too many. */
export class MemoryAccount {
  readonly limitBytes: number;
  readonly #onChange: (isExceeded: boolean) => void;
  #usedBytes = 0;
  #isExceeded = false;

  /** `onChange` is called when the limit is passed, and when enough has gone again. */
  constructor(limitBytes: number, onChange: (isExceeded: boolean) => void) {
    this.limitBytes = limitBytes;
    this.#onChange = onChange;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  /** Whether it is so much more than the limit that what the broker itself adds must end too. */
  get isOverfull(): boolean {
    return this.#usedBytes > this.limitBytes * overfullAt;
  }

  /** Counts a place that a message stands in; its content is counted once, however many places it has. */
  hold(message: Message): void {
    this.#usedBytes += message.places++ === 0 ? placeBytes + messageBytes + message.size : placeBytes;
    if (this.#usedBytes > this.limitBytes && !this.#isExceeded) this.#change(true);
  }

  /** Takes back one {@link hold}. */
  release(message: Message): void {
    this.#usedBytes -= --message.places === 0 ? placeBytes + messageBytes + message.size : placeBytes;
    if (this.#isExceeded && this.#usedBytes < this.limitBytes * resumeAt) this.#change(false);
  }

  #change(isExceeded: boolean): void {
    this.#isExceeded = isExceeded;
    this.#onChange(isExceeded);
  }
}
