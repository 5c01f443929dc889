import type { Clock, ClockTimer } from '../../foundation/clock.ts';
import { UnencodableError } from '../../protocol/codec/index.ts';
import { bearsCycleTo, type DeathReason, withDeath } from './death-record.ts';
import type { Departure, DyingPlace } from './departure.ts';
import type { Destination } from './destination.ts';
import type { MemoryAccount } from './memory-account.ts';
import type { Message } from './message.ts';
import { StuckLetters } from './stuck-letters.ts';
import type { Totals } from './totals.ts';

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
 *
 * Those of a queue that dead-letters at least once are never let go: what is not taken stays with that queue, and is tried again.
 */
export class DeadLetters {
  readonly #clock: Clock;
  readonly #totals: Totals;
  readonly #memory: MemoryAccount;
  readonly #route: Route;
  readonly #stuck: StuckLetters;
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
    this.#stuck = new StuckLetters(clock, memory, () => this.retry());
  }

  /** Sends a message that a queue has let go. Without a dead letter exchange it is gone. */
  send(message: Message, place: DyingPlace, reason: DeathReason): void {
    if (place.settings.deadLetterExchange === undefined) return;
    const isSafe = place.settings.deadLettersAtLeastOnce;
    const departure = { message, place, reason, takenBy: isSafe ? new Set<string>() : undefined };
    if (!this.#memory.isOverfull) this.#submit([departure]);
    else if (isSafe) this.#stuck.add(departure);
  }

  /** Tries again to send what nobody has taken. */
  retry(): void {
    this.#submit(this.#stuck.takeAll());
  }

  /** How many messages of a queue nobody has taken. */
  countStuck(place: DyingPlace): number {
    return this.#stuck.countOf(place);
  }

  /** Lets go of what nobody has taken from a queue that was deleted. */
  forget(place: DyingPlace): void {
    this.#stuck.forget(place);
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
    this.#stuck.takeAll();
  }

  #submit(departures: readonly Departure[]): void {
    for (const departure of departures) {
      this.#memory.hold(departure.message);
      this.#waiting.push(departure);
    }
    if (!this.#isSending && this.#timer === undefined) this.#sendWaiting();
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
    if (!this.#sendNow(first) && first.takenBy) this.#stuck.add(first);
  }

  /** False if it found no place, or was refused somewhere. */
  #sendNow({ message, place, reason, takenBy }: Departure): boolean {
    const dead = this.#makeDead(message, place, reason);
    if (dead === undefined) return true;
    const keys = place.settings.deadLetterRoutingKey === undefined ? message.blindKeys : undefined;
    dead.blindKeys = keys;
    const found = this.#route(dead, keys);
    const open = found.filter(({ name }) => !bearsCycleTo(dead, name));
    if (open.length > 1 && open.length < found.length && this.#mustCut()) return false;
    let isTaken = open.length > 0;
    for (const destination of open) {
      if (takenBy?.has(destination.name)) continue;
      if (destination.offer(dead)) takenBy?.add(destination.name);
      else isTaken = false;
    }
    if (isTaken || !takenBy) this.#totals.deadLettered++;
    return isTaken;
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
