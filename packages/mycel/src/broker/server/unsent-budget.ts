/** Without the smallest progress for so long a client is taken for one that does not read. */
const patienceMs = 5000;
const lookEveryMs = 1000;

/** A client for whom bytes wait. */
export interface Debtor {
  /** Gives it no more messages: what waits for all clients together is too much. */
  holdBack(): void;
  letGo(): void;
  drop(reason: Error): void;
}

interface Debt {
  bytes: number;
  /** When the client last had read everything, or began to owe. */
  since: number;
}

/**
 * Counts the bytes that wait to be sent to all clients together: one message may go to thousands, and each copy of it wait for
 * one that does not read.
 *
 * *Ample*; *short* from the limit on, down to half of it: nobody gets messages then, and whoever has read nothing for
 * some seconds is dropped, those who owe most first.
 */
export class UnsentBudget {
  readonly #mostBytes: number;
  readonly #debts = new Map<Debtor, Debt>();
  #bytes = 0;
  #look: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isShort(): boolean {
    return this.#look !== undefined;
  }

  /** Takes part from now on. Whether it is short already, a newcomer has to ask itself. */
  add(debtor: Debtor): void {
    this.#debts.set(debtor, { bytes: 0, since: 0 });
  }

  /** The client has gone. Idempotent. */
  remove(debtor: Debtor): void {
    const debt = this.#debts.get(debtor);
    this.#debts.delete(debtor);
    if (debt) this.#count(-debt.bytes);
  }

  /** So many bytes wait for a client now. */
  update(debtor: Debtor, bytes: number): void {
    const debt = this.#debts.get(debtor);
    if (!debt) return;
    if (bytes < debt.bytes || debt.bytes === 0) debt.since = performance.now();
    const change = bytes - debt.bytes;
    debt.bytes = bytes;
    this.#count(change);
  }

  #count(change: number): void {
    this.#bytes += change;
    if (!this.isShort && this.#bytes > this.#mostBytes) this.#beginShortage();
    // Whoever counts may be the engine in the middle of its work, and who is let go makes it work.
    if (!this.isShort || !this.#isEnough || this.#isEnding) return;
    this.#isEnding = true;
    setImmediate(() => this.#endShortage());
  }

  get #isEnough(): boolean {
    return this.#bytes <= this.#mostBytes / 2;
  }

  #beginShortage(): void {
    this.#look = setInterval(() => this.#dropIdle(), lookEveryMs).unref();
    for (const debtor of this.#debts.keys()) debtor.holdBack();
  }

  #endShortage(): void {
    this.#isEnding = false;
    if (!this.#isEnough) return;
    clearInterval(this.#look);
    this.#look = undefined;
    for (const debtor of this.#debts.keys()) {
      // Those that go on may bring about the next.
      if (this.isShort) return;
      debtor.letGo();
    }
  }

  #dropIdle(): void {
    const latest = performance.now() - patienceMs;
    const idle = [...this.#debts].filter(([, { bytes, since }]) => bytes > 0 && since <= latest);
    for (const [debtor, { bytes }] of idle.toSorted(([, one], [, other]) => other.bytes - one.bytes)) {
      if (this.#isEnough) return;
      debtor.drop(new Error(`it left ${bytes} bytes unread while those of all clients exceed ${this.#mostBytes}`));
      this.remove(debtor);
    }
  }
}
