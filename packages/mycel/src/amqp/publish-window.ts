import type { Publication } from './publication.ts';
import type { PublishLimits } from './publish-limits.ts';

/**
 * The events that are on the wire: sent, neither confirmed nor lost. Those whose caller was told that it took too long stay
 * in it until the broker gives a sign of life.
 */
export class PublishWindow {
  readonly #limits: PublishLimits;
  readonly #sent = new Set<Publication>();
  #bytes = 0;
  #hasGivenUp = false;

  constructor(limits: PublishLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#sent.size === 0;
  }

  /** True if another event may go, whatever its size. */
  get hasRoom(): boolean {
    return this.#sent.size < this.#limits.messages && this.#bytes < this.#limits.bytes;
  }

  /** Those that somebody waits for, in the order in which they were sent. */
  get members(): Publication[] {
    return [...this.#sent].filter(({ isOver }) => !isOver);
  }

  has(publication: Publication): boolean {
    return this.#sent.has(publication);
  }

  add(publication: Publication): void {
    this.#sent.add(publication);
    this.#bytes += publication.size;
  }

  /** Does nothing for one that is not there any more. */
  remove(publication: Publication): void {
    if (this.#sent.delete(publication)) this.#bytes -= publication.size;
  }

  /** Notes that some are over without having left: {@link removeGivenUp} takes them out. */
  noteGivenUp(): void {
    this.#hasGivenUp = true;
  }

  removeGivenUp(): void {
    if (!this.#hasGivenUp) return;
    this.#hasGivenUp = false;
    for (const publication of this.#sent) if (publication.isOver) this.remove(publication);
  }
}
