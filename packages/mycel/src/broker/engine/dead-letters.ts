import type { Clock, ClockTimer } from '../../foundation/clock.ts';
import { UnencodableError } from '../../protocol/codec/index.ts';
import { bearsCycleTo, type DeathReason, withDeath } from './death-record.ts';
import type { Destination } from './destination.ts';
import type { MemoryAccount } from './memory-account.ts';
import type { Message } from './message.ts';
import type { Totals } from './totals.ts';

/** What dead-lettering wants to know of a queue. */
export interface DyingPlace {
  readonly name: string;
  readonly settings: {
    readonly deadLetterExchange: string | undefined;
    readonly deadLetterRoutingKey: string | undefined;
  };
}

interface Departure {
  readonly message: Message;
  readonly place: DyingPlace;
  readonly reason: DeathReason;
}

/** Sending for so long is enough: the rest is sent in a turn of its own, so that a flood of deaths keeps nobody waiting. */
const mostTurnMs = 20;

/** So long after memory was full circles are still cut: all that was on its way in them has died once more, most likely. */
const cutMs = 10_000;

/** Finds where a message goes from its exchange; nowhere if there is none. Without keys it goes by its own. */
export type Route = (message: Message, routingKeys: readonly string[] | undefined) => readonly Destination[];

/**
 * Sends the dead messages of a virtual host where their queues want them. One after the other: a death that follows from
 * another waits until that one has been dealt with, so that no chain of queues is too long. What waits is kept in memory.
 *
 * Queues that send copies to each other in circles can make any number of messages. When memory is full they are cut: a dead
 * message that would go to several queues, and to one where it has been, is let go, for as long as that takes to end them.
 * When memory is more than full all dead messages are let go.
 */
export class DeadLetters {
  readonly #clock: Clock;
  readonly #totals: Totals;
  readonly #memory: MemoryAccount;
  readonly #route: Route;
  #waiting: Departure[] = [];
  #next = 0;
  #isSending = false;
  #cutUntil = Number.NEGATIVE_INFINITY;
  #timer: ClockTimer | undefined;

  constructor(clock: Clock, totals: Totals, memory: MemoryAccount, route: Route) {
    this.#totals = totals;
    this.#clock = clock;
    this.#memory = memory;
    this.#route = route;
  }

  /** Sends a message that a queue has let go. Without a dead letter exchange it is gone. */
  send(message: Message, place: DyingPlace, reason: DeathReason): void {
    if (place.settings.deadLetterExchange === undefined) return;
    if (this.#memory.isOverfull) return;
    this.#memory.hold(message);
    this.#waiting.push({ message, place, reason });
    if (!this.#isSending && this.#timer === undefined) this.#sendWaiting();
  }

  /** Does something, and sends what dies of it behind that: all queues get a message before one of them sends it on. */
  sendAfter<T>(work: () => T): T {
    if (this.#isSending) return work();
    this.#isSending = true;
    try {
      return work();
    } finally {
      this.#isSending = false;
      if (this.#waiting.length > 0 && this.#timer === undefined) this.#sendWaiting();
    }
  }

  /** Lets go of all that waits. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { message } of this.#waiting.slice(this.#next)) this.#memory.release(message);
    this.#waiting = [];
    this.#next = 0;
  }

  #sendWaiting(): void {
    this.#isSending = true;
    try {
      const endsAt = this.#clock.now() + mostTurnMs;
      while (this.#next < this.#waiting.length && this.#clock.now() <= endsAt) this.#sendFirst();
    } finally {
      this.#isSending = false;
    }
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
    if (this.#waiting.length > 0) this.#timer = this.#clock.schedule(0, () => this.#goOn());
  }

  #goOn(): void {
    this.#timer = undefined;
    this.#sendWaiting();
  }

  #sendFirst(): void {
    const first = this.#waiting[this.#next++];
    if (first === undefined) return;
    this.#memory.release(first.message);
    this.#sendNow(first);
  }

  #sendNow({ message, place, reason }: Departure): void {
    const dead = this.#makeDead(message, place, reason);
    if (dead === undefined) return;
    const keys = place.settings.deadLetterRoutingKey === undefined ? message.blindKeys : undefined;
    dead.blindKeys = keys;
    const found = this.#route(dead, keys);
    const open = found.filter(({ name }) => !bearsCycleTo(dead, name));
    if (open.length > 1 && open.length < found.length && this.#mustCut()) return;
    for (const destination of open) destination.offer(dead);
    this.#totals.deadLettered++;
  }

  #mustCut(): boolean {
    const now = this.#clock.now();
    if (this.#memory.isExceeded) this.#cutUntil = now + cutMs;
    return now < this.#cutUntil;
  }

  /** Nothing if the properties of the message cannot be read, or not written again: they are a client's, and so is the loss. */
  #makeDead(message: Message, { name, settings }: DyingPlace, reason: DeathReason): Message | undefined {
    if (message.readableProperties === undefined) return undefined;
    const { deadLetterExchange = '', deadLetterRoutingKey } = settings;
    const date = new Date(this.#clock.now());
    try {
      return withDeath(message, { queue: name, reason, deadLetterExchange, deadLetterRoutingKey, date });
    } catch (error) {
      if (error instanceof UnencodableError) return undefined;
      throw error;
    }
  }
}
