import type { DeathReason } from './death-record.ts';
import type { Message } from './message.ts';

/** What dead-lettering wants to know of a queue. */
export interface DyingPlace {
  readonly name: string;
  readonly settings: {
    readonly deadLetterExchange: string | undefined;
    readonly deadLetterRoutingKey: string | undefined;
    /** A dead message is kept until every queue that it is routed to has taken it. */
    readonly deadLettersAtLeastOnce: boolean;
  };
}

/** A message that a queue has let go, on its way to where that queue's dead go. */
export interface Departure {
  readonly message: Message;
  readonly place: DyingPlace;
  readonly reason: DeathReason;
  /** The queues that have it already: others refused it. */
  readonly takenBy: Set<string> | undefined;
}
