import type { Clock } from '../../foundation/clock.ts';
import { UnencodableError } from '../../protocol/codec/index.ts';
import { bearsCycleTo, type DeathReason, withDeath } from './death-record.ts';
import type { Destination } from './destination.ts';
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

/** Finds where a message goes from its exchange; nowhere if there is none. Without keys it goes by its own. */
export type Route = (message: Message, routingKeys: readonly string[] | undefined) => readonly Destination[];

/**
 * Sends the dead messages of a virtual host where their queues want them. One after the other: a death that follows from
 * another waits until that one has been dealt with, so that no chain of queues is too long.
 */
export class DeadLetters {
  readonly #clock: Clock;
  readonly #totals: Totals;
  readonly #route: Route;
  readonly #waiting: Departure[] = [];
  #isSending = false;

  constructor(clock: Clock, totals: Totals, route: Route) {
    this.#totals = totals;
    this.#clock = clock;
    this.#route = route;
  }

  /** Sends a message that a queue has let go. Without a dead letter exchange it is gone. */
  send(message: Message, place: DyingPlace, reason: DeathReason): void {
    if (place.settings.deadLetterExchange === undefined) return;
    this.#waiting.push({ message, place, reason });
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#sendNow(next);
    } finally {
      this.#isSending = false;
    }
  }
  #sendNow({ message, place, reason }: Departure): void {
    const dead = this.#makeDead(message, place, reason);
    if (dead === undefined) return;
    const keys = place.settings.deadLetterRoutingKey === undefined ? message.blindKeys : undefined;
    dead.blindKeys = keys;
    for (const destination of this.#route(dead, keys)) {
      if (!bearsCycleTo(dead, destination.name)) destination.offer(dead);
    }
    this.#totals.deadLettered++;
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
