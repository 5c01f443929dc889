import {
  type Arrival,
  type CallPage,
  EventPage,
  type FoundLetter,
  type HandlerPage,
  type MadeCall,
  type OrderEntry,
  type PublishedEvent,
} from './pages.ts';

/** Says what happens, one line each, in order. */
export type Note = (line: string) => void;

/** Queues are bound again within this time of the deletion of their exchange, in milliseconds. */
const nearMs = 4000;

/**
 * The books of a run, kept from the outside: what publishers were told, what handlers got and did, what callers were answered.
 * {@link audit} says whether they balance.
 */
export class Ledger {
  readonly events = new Map<string, EventPage>();
  readonly calls = new Map<string, CallPage>();
  /** By handler: each event of an order, when it was handled first. */
  readonly orders = new Map<string, OrderEntry[]>();
  /** Handlers whose queue was deleted at some time. */
  readonly mayBeGone = new Set<string>();
  /** Anything that should not have happened: an unhandled rejection, an error of a kind that nobody expects. */
  readonly surprises: string[] = [];
  readonly #exchangeDeletedAt: number[] = [];
  readonly #note: Note;

  constructor(note: Note = () => {}) {
    this.#note = note;
  }

  published(event: PublishedEvent): void {
    this.events.set(event.id, new EventPage(event, performance.now()));
  }

  acknowledged(id: string, { routed, mayBeTwice }: { readonly routed: boolean; readonly mayBeTwice: boolean }): void {
    const page = this.#event(id);
    page.outcome = routed ? 'acknowledged' : 'unrouted';
    page.mayBeTwice = mayBeTwice;
    this.#note(`${page.outcome} ${id}${mayBeTwice ? ' (perhaps sent twice)' : ''}`);
  }

  rejected(id: string, code: string): void {
    this.#event(id).outcome = 'rejected';
    this.#note(`rejected ${id}: ${code}`);
  }

  /** An event goes out to the broker, for the first time or again. */
  sent(id: string, messageId: string | undefined): void {
    this.#event(id).messageIds.add(messageId);
  }

  /** A handler was given the event. */
  delivered(handler: string, id: string, arrival: Arrival): void {
    const page = this.#page(handler, id);
    if (!page) return;
    this.#event(id).messageIds.add(arrival.messageId);
    page.delivered.push({ ...arrival, at: performance.now() });
    const { instance, redelivered, failures, replayOf } = arrival;
    const told = [redelivered && 'redelivered', failures > 0 && `failures ${failures}`, replayOf && 'replayed'];
    this.#note(`delivered ${[`${id} to ${handler} at ${instance}`, ...told.filter(Boolean)].join(', ')}`);
  }

  /** The method of a handler runs. */
  began(handler: string, id: string, isFlagged: boolean): void {
    this.#page(handler, id)?.begun.push(isFlagged);
  }

  /** A handler has done its work on the event; `at` is when, for who hears of it later. */
  handled(handler: string, id: string, at = performance.now()): void {
    const page = this.#page(handler, id);
    if (!page) return;
    const { key, sequence } = this.#event(id).event;
    if (page.handledAt.length === 0 && key !== undefined && sequence !== undefined) {
      const order = this.orders.get(handler) ?? [];
      this.orders.set(handler, order);
      order.push({ id, key, sequence, at });
    }
    page.handledAt.push(at);
    this.#note(`handled ${id} at ${handler}`);
  }

  deadLetter(handler: string, id: string, letter: FoundLetter): void {
    const page = this.#page(handler, id);
    if (!page) return;
    this.#event(id).messageIds.add(letter.messageId);
    page.deadLetters.push(letter);
    this.#note(`dead letter ${id} of ${handler}: ${letter.reason}`);
  }

  /** Tells whether a letter is to be put back, so that its event comes to its end; also one that is left though it did. */
  wantsReplay(handler: string, id: string): boolean {
    return this.events.get(id)?.event.fates[handler] === 'mended';
  }

  /** What is under way to a handler goes with its queue. */
  excuse(handler: string, why: string): void {
    this.mayBeGone.add(handler);
    for (const { handlers } of this.events.values()) {
      const page = handlers.get(handler);
      if (page && !page.isSettled) page.excuse = why;
    }
    this.#note(`excused what was on its way to ${handler}: ${why}`);
  }

  /** The exchange of the events was deleted: until its queues are bound again, some handlers get what others do not. */
  exchangeDeleted(): void {
    this.#exchangeDeletedAt.push(performance.now());
  }

  /** Excuses, of events published while queues were bound again, the handlers to which they never came, if they came to others. */
  excusePartlyRouted(): void {
    for (const { publishedAt, handlers, event } of this.events.values()) {
      const isNear = this.#exchangeDeletedAt.some((at) => publishedAt > at - nearMs && publishedAt < at + nearMs);
      if (!isNear || ![...handlers.values()].some(({ delivered }) => delivered.length > 0)) continue;
      for (const [handler, page] of handlers) {
        if (page.delivered.length > 0 || page.isSettled) continue;
        page.excuse = 'its queue was not bound yet';
        this.#note(`excused ${event.id} at ${handler}: ${page.excuse}`);
      }
    }
  }

  called(call: MadeCall): void {
    this.calls.set(call.id, { ...call, startedAt: performance.now(), runs: [] });
  }

  ran(id: string, isFlagged: boolean): void {
    this.calls.get(id)?.runs.push(isFlagged);
    this.#note(`ran ${id}${isFlagged ? ', flagged' : ''}`);
  }

  answered(id: string, outcome: string): void {
    const call = this.calls.get(id);
    if (!call) throw new Error(`nobody made the call ${id}`);
    if (call.outcome !== undefined) this.surprise(`the call ${id} was settled twice: ${call.outcome}, ${outcome}`);
    call.settledAt = performance.now();
    call.outcome = outcome;
    this.#note(`answered ${id}: ${outcome}`);
  }

  surprise(what: string): void {
    this.surprises.push(what);
    this.#note(`surprise: ${what}`);
  }

  /** What is still to come: events of which not every handler has settled, calls without an outcome. */
  outstanding(): string[] {
    const missing: string[] = [];
    for (const [id, page] of this.events) {
      if (page.outcome === undefined) missing.push(`${id} (being published)`);
      if (!page.isOwed) continue;
      for (const [handler, { isSettled }] of page.handlers) if (!isSettled) missing.push(`${id} at ${handler}`);
    }
    for (const { id, outcome } of this.calls.values()) if (outcome === undefined) missing.push(`call ${id}`);
    return missing;
  }

  #event(id: string): EventPage {
    const page = this.events.get(id);
    if (!page) throw new Error(`nobody published ${id}`);
    return page;
  }

  #page(handler: string, id: string): HandlerPage | undefined {
    const page = this.events.get(id)?.handlers.get(handler);
    if (!page) this.surprise(`${handler} was given ${id}, which nobody published for it`);
    return page;
  }
}
