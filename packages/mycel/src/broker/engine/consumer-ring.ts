/** What can stand in a {@link ConsumerRing}. The links are the ring's own. */
export interface RingMember<T> {
  /** Higher ones are served first. */
  readonly priority: number;
  /** Whether it can take a message now. */
  isReady(): boolean;
  previous: T | undefined;
  next: T | undefined;
  isInRing: boolean;
}

interface Lane<T> {
  readonly priority: number;
  first: T | undefined;
  last: T | undefined;
}

/**
 * Consumers that are asked in turn, those of higher priority first. Who cannot take a message when its turn comes leaves the
 * ring and is asked no more until it is added again, so that thousands of full consumers cost nothing; nor do their priorities,
 * of which each consumer may have its own.
 */
export class ConsumerRing<T extends RingMember<T>> {
  /** Those somebody stands in, the highest priority last: it comes and goes most often. */
  readonly #lanes: Lane<T>[] = [];

  /** Puts one behind all others of its priority. Does nothing if it is in the ring. */
  add(member: T): void {
    if (member.isInRing) return;
    append(this.#laneOf(member.priority), member);
    member.isInRing = true;
  }

  remove(member: T): void {
    if (!member.isInRing) return;
    const at = this.#placeOf(member.priority);
    const lane = this.#lanes[at];
    // It stands in one.
    if (lane === undefined) return;
    unlink(lane, member);
    member.isInRing = false;
    if (lane.first === undefined) this.#lanes.splice(at, 1);
  }

  /** Gives the one whose turn it is, who now goes behind the others; nobody if none is ready. */
  turn(): T | undefined {
    for (let lane = this.#lanes.at(-1); lane?.first !== undefined; lane = this.#lanes.at(-1)) {
      const member = lane.first;
      if (!member.isReady()) {
        this.remove(member);
        continue;
      }
      if (lane.last !== member) {
        unlink(lane, member);
        append(lane, member);
      }
      return member;
    }
    return undefined;
  }

  #laneOf(priority: number): Lane<T> {
    const at = this.#placeOf(priority);
    const there = this.#lanes[at];
    if (there?.priority === priority) return there;
    const lane: Lane<T> = { priority, first: undefined, last: undefined };
    this.#lanes.splice(at, 0, lane);
    return lane;
  }

  /** Where the lane of a priority is, or would be. */
  #placeOf(priority: number): number {
    let least = 0;
    let most = this.#lanes.length;
    while (least < most) {
      const middle = (least + most) >>> 1;
      if ((this.#lanes[middle]?.priority ?? priority) < priority) least = middle + 1;
      else most = middle;
    }
    return least;
  }
}

function append<T extends RingMember<T>>(lane: Lane<T>, member: T): void {
  member.previous = lane.last;
  member.next = undefined;
  if (lane.last) lane.last.next = member;
  else lane.first = member;
  lane.last = member;
}

function unlink<T extends RingMember<T>>(lane: Lane<T>, member: T): void {
  const { previous, next } = member;
  if (previous) previous.next = next;
  else lane.first = next;
  if (next) next.previous = previous;
  else lane.last = previous;
  member.previous = undefined;
  member.next = undefined;
}
