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
 * ring and is asked no more until it is added again, so that thousands of full consumers cost nothing.
 */
export class ConsumerRing<T extends RingMember<T>> {
  /** Highest priority first. */
  #lanes: Lane<T>[] = [];

  /** Puts one behind all others of its priority. Does nothing if it is in the ring. */
  add(member: T): void {
    if (member.isInRing) return;
    append(this.#laneOf(member.priority), member);
    member.isInRing = true;
  }

  remove(member: T): void {
    if (!member.isInRing) return;
    unlink(this.#laneOf(member.priority), member);
    member.isInRing = false;
  }

  /** Gives the one whose turn it is, who now goes behind the others; nobody if none is ready. */
  turn(): T | undefined {
    for (const lane of this.#lanes) {
      for (let member = lane.first; member !== undefined; member = lane.first) {
        if (!member.isReady()) {
          this.remove(member);
        } else {
          if (lane.last !== member) {
            unlink(lane, member);
            append(lane, member);
          }
          return member;
        }
      }
    }
    return undefined;
  }

  #laneOf(priority: number): Lane<T> {
    return this.#lanes.find((lane) => lane.priority === priority) ?? this.#openLane(priority);
  }

  #openLane(priority: number): Lane<T> {
    const lane: Lane<T> = { priority, first: undefined, last: undefined };
    const used = this.#lanes.filter(({ first }) => first !== undefined);
    this.#lanes = [...used, lane].toSorted((one, other) => other.priority - one.priority);
    return lane;
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
