/** Something that can stand in a {@link SlottedList}. The list owns `slot`: nobody else sets it. */
export interface Slotted {
  slot: number;
}

/**
 * A list without order, whose members know their place: adding and removing cost the same however many there are.
 *
 * For what comes and goes with every call. A Set or a Map that is filled and emptied all the time was seen to keep V8 from
 * freeing what was in it (figures: rpc/rpc-firing.ts).
 */
export class SlottedList<T extends Slotted> {
  readonly #members: T[] = [];

  /** The members, in no order. */
  get members(): readonly T[] {
    return this.#members;
  }

  add(member: T): void {
    member.slot = this.#members.push(member) - 1;
  }

  /** Takes a member out by putting the last one in its place. Does nothing for one that is not there any more. */
  remove(member: T): void {
    if (this.#members[member.slot] !== member) return;
    const last = this.#members.pop();
    if (!last || last === member) return;
    this.#members[member.slot] = last;
    last.slot = member.slot;
  }

  /** Takes all members out and returns them. */
  clear(): T[] {
    return this.#members.splice(0);
  }
}
