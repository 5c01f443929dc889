import type { Clock, ClockTimer } from '../../foundation/clock.ts';
import type { Departure, DyingPlace } from './departure.ts';
import type { MemoryAccount } from './memory-account.ts';

/** So often they are tried again. RabbitMQ takes minutes; who waits here is a person at a terminal. */
const pauseMs = 1000;

/**
 * Dead messages that nobody has taken, of queues that dead-letter at least once: there is no queue where they should go, or it is full. They
 * are tried again after a while, and when a queue is declared; they go with the queue that they came from.
 */
export class StuckLetters {
  readonly #clock: Clock;
  readonly #memory: MemoryAccount;
  readonly #onDue: () => void;
  readonly #byPlace = new Map<DyingPlace, Departure[]>();
  readonly #deleted = new WeakSet<DyingPlace>();
  #timer: ClockTimer | undefined;

  /** `onDue` is called when it is time to try again. */
  constructor(clock: Clock, memory: MemoryAccount, onDue: () => void) {
    this.#clock = clock;
    this.#memory = memory;
    this.#onDue = onDue;
  }

  countOf(place: DyingPlace): number {
    return this.#byPlace.get(place)?.length ?? 0;
  }

  /** Keeps one, unless its queue was deleted while it was on its way. */
  add(departure: Departure): void {
    if (this.#deleted.has(departure.place)) return;
    this.#memory.hold(departure.message);
    const others = this.#byPlace.get(departure.place);
    if (others) others.push(departure);
    else this.#byPlace.set(departure.place, [departure]);
    this.#timer ??= this.#clock.schedule(pauseMs, this.#onDue);
  }

  /** Takes all of them out, in the order of their queues' deaths. */
  takeAll(): Departure[] {
    const all = [...this.#byPlace.values()].flat();
    this.#byPlace.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { message } of all) this.#memory.release(message);
    return all;
  }

  /** Lets go of those of a queue that was deleted. */
  forget(place: DyingPlace): void {
    this.#deleted.add(place);
    for (const { message } of this.#byPlace.get(place) ?? []) this.#memory.release(message);
    this.#byPlace.delete(place);
  }
}
