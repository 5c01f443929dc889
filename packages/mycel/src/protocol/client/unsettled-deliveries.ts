import type { Delivery } from './message.ts';

/** Places for the newest; a power of 2. Those that are passed by so many others move to a map. */
const places = 256;

/**
 * What the consumers of a channel were given and have not settled yet. Tags count up by one, so the newest stand in a ring, at
 * the place that the tag says: a map of all of them costs ten times as much for each message.
 */
export class UnsettledDeliveries {
  readonly #ring: (Delivery | undefined)[] = Array.from({ length: places });
  readonly #passedBy = new Map<number, Delivery>();
  #lastTag = 0;

  /** The tag of the newest delivery, settled or not; 0 before there was one. */
  get lastTag(): number {
    return this.#lastTag;
  }

  /** Those there are with a tag up to this one, in any order. */
  upTo(tag: number): Delivery[] {
    const all = [...this.#passedBy.values(), ...this.#ring];
    return all.filter((delivery): delivery is Delivery => delivery !== undefined && delivery.deliveryTag <= tag);
  }

  add(delivery: Delivery): void {
    const { deliveryTag } = delivery;
    const place = deliveryTag & (places - 1);
    const older = this.#ring[place];
    if (older) this.#passedBy.set(older.deliveryTag, older);
    this.#ring[place] = delivery;
    this.#lastTag = deliveryTag;
  }

  /** Forgets one; with `multiple` all up to it, where 0 stands for all. */
  settle(deliveryTag: number, multiple: boolean): void {
    if (multiple) {
      for (const each of this.upTo(deliveryTag === 0 ? Infinity : deliveryTag)) this.settle(each.deliveryTag, false);
      return;
    }
    const place = deliveryTag & (places - 1);
    if (this.#ring[place]?.deliveryTag === deliveryTag) this.#ring[place] = undefined;
    else if (this.#passedBy.size > 0) this.#passedBy.delete(deliveryTag);
  }

  clear(): void {
    this.#ring.fill(undefined);
    this.#passedBy.clear();
  }
}
