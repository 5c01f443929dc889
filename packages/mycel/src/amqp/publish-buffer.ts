import type { PublishBound } from '../transport/transport-errors.ts';
import type { Publication } from './publication.ts';
import type { PublishLimits } from './publish-limits.ts';

/** Places at the front of a line that may be empty before it is moved up. */
const mostEmptyPlaces = 1024;

/**
 * The events that wait to be sent, one line for each source, bounded in number and bytes. Those that come back from the
 * wire stand before all others, in their old order.
 */
export class PublishBuffer {
  readonly #limits: PublishLimits;
  readonly #lines = new Map<string, Line>();
  #count = 0;
  #bytes = 0;

  constructor(limits: PublishLimits) {
    this.#limits = limits;
  }

  /** How many wait. */
  get size(): number {
    return this.#count;
  }

  /** The sources that something waits of. */
  get sources(): string[] {
    return [...this.#lines.keys()];
  }

  /** All that wait: those of one source in their order. */
  get members(): Publication[] {
    return [...this.#lines.values()].flatMap((line) => line.members);
  }

  /** Tells whether anything of that source waits. */
  holds(source: string): boolean {
    return this.#lines.has(source);
  }

  /** Tells which bound keeps an event of that size from waiting, if one does. The first to wait may be of any size. */
  boundFor(size: number): Exclude<PublishBound, 'age'> | undefined {
    if (this.#count >= this.#limits.messages) return 'messages';
    return this.#count > 0 && this.#bytes + size > this.#limits.bytes ? 'bytes' : undefined;
  }

  /** Has an event wait behind all others of its source, whatever the bounds. */
  add(publication: Publication): void {
    this.#lineOf(publication).push(publication);
  }

  /** Has an event wait that was on the wire, whatever the bounds. */
  putBack(publication: Publication): void {
    this.#lineOf(publication).putBack(publication);
  }

  /** Takes out an event that waits and is over by now. */
  drop(publication: Publication): void {
    this.#forget(publication);
    this.#tidy(publication.source);
  }

  /** Takes out the one that has waited longest, of the sources that are ready. */
  take(isReady: (source: string) => boolean): Publication | undefined {
    let oldest: Publication | undefined;
    for (const [source, { first }] of this.#lines)
      if (first && first.ordinal < (oldest?.ordinal ?? Infinity) && isReady(source)) oldest = first;
    if (!oldest) return undefined;
    this.#lines.get(oldest.source)?.shift();
    this.#forget(oldest);
    this.#tidy(oldest.source);
    return oldest;
  }

  #lineOf(publication: Publication): Line {
    this.#count++;
    this.#bytes += publication.size;
    const present = this.#lines.get(publication.source);
    if (present) return present;
    const line = new Line();
    this.#lines.set(publication.source, line);
    return line;
  }

  #forget(publication: Publication): void {
    this.#count--;
    this.#bytes -= publication.size;
  }

  #tidy(source: string): void {
    const line = this.#lines.get(source);
    line?.skipOver();
    if (!line?.first) this.#lines.delete(source);
  }
}

/** What waits of one source. Those that are over stay in their places until they are the first. */
class Line {
  /** Come back from the wire: few, and older than all that wait for the first time. */
  readonly #returned: Publication[] = [];
  #waiting: (Publication | undefined)[] = [];
  #head = 0;

  get first(): Publication | undefined {
    return this.#returned[0] ?? this.#waiting[this.#head];
  }

  get members(): Publication[] {
    const all = [...this.#returned, ...this.#waiting.slice(this.#head)];
    return all.filter((publication): publication is Publication => publication?.isOver === false);
  }

  push(publication: Publication): void {
    this.#waiting.push(publication);
  }

  putBack(publication: Publication): void {
    let place = this.#returned.length;
    while (place > 0 && (this.#returned[place - 1]?.ordinal ?? 0) > publication.ordinal) place--;
    this.#returned.splice(place, 0, publication);
  }

  shift(): void {
    if (this.#returned.shift()) return;
    this.#waiting[this.#head++] = undefined;
    if (this.#head < mostEmptyPlaces || this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }

  skipOver(): void {
    while (this.first?.isOver) this.shift();
  }
}
