import type { BasicAck, BasicNack } from '../../protocol/codec/methods/basic.ts';

/**
 * Gathers the confirms of one turn into one `basic.ack` for many messages. Confirms come in the order of the messages, as a
 * rule; one that overtakes others goes out alone, and is remembered until those before it have come.
 */
export class ConfirmGatherer {
  readonly #write: (method: BasicAck | BasicNack) => void;
  /** All messages up to this one are confirmed, on the wire or gathered. */
  #settled = 0;
  #gathered = 0;
  /** The last that was gathered. */
  #last = 0;
  readonly #early = new Set<number>();

  constructor(write: (method: BasicAck | BasicNack) => void) {
    this.#write = write;
  }

  /** Takes a confirm. Returns true when it was gathered, and {@link flush} must follow. */
  take(method: BasicAck | BasicNack): boolean {
    const { name, deliveryTag, multiple } = method;
    if (name === 'basic.ack' && !multiple && deliveryTag === this.#settled + 1) {
      this.#gathered += 1;
      this.#last = deliveryTag;
      this.#settleUpTo(deliveryTag);
      return true;
    }
    this.flush();
    this.#write(method);
    if (multiple || deliveryTag === this.#settled + 1) this.#settleUpTo(deliveryTag);
    else if (deliveryTag > this.#settled) this.#early.add(deliveryTag);
    return false;
  }

  /** Writes what was gathered: before anything that must not overtake it, and at the end of the turn. */
  flush(): void {
    if (this.#gathered === 0) return;
    const multiple = this.#gathered > 1;
    this.#gathered = 0;
    this.#write({ name: 'basic.ack', deliveryTag: this.#last, multiple });
  }

  #settleUpTo(deliveryTag: number): void {
    this.#settled = Math.max(this.#settled, deliveryTag);
    if (this.#early.size === 0) return;
    for (const early of this.#early) if (early <= this.#settled) this.#early.delete(early);
    while (this.#early.delete(this.#settled + 1)) this.#settled += 1;
  }
}
