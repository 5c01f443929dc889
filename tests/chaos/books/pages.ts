/** What must become of an event at one of its handlers. */
export type Fate =
  /** Handled, at least once; it may have failed a few times before. */
  | 'handled'
  /** Failed on each time: a dead letter. */
  | 'failed'
  /** Not what the schema asks for: a dead letter at once. */
  | 'invalid'
  /** A dead letter as often as it takes, each time put back, and handled in the end. */
  | 'mended'
  /** It ends each process that takes it: a dead letter. */
  | 'poison'
  /** It dies with a neighbour that ends its processes, and may be taken for it. */
  | 'handled or poison'
  /** It fails so often that it may be given up first. */
  | 'handled or failed';

/** An event, as its publisher knows it. */
export interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  /** What its handlers must come to, by `service.method`. */
  readonly fates: Readonly<Record<string, Fate>>;
  /** Of an event whose order counts: among which events, and where among them. */
  readonly key?: string;
  readonly sequence?: number;
}

/** What comes with an event when it comes to a handler. */
export interface Arrival {
  readonly instance: string;
  /** Somebody may have begun with it before. */
  readonly redelivered: boolean;
  /** How often its handler has failed on it before. */
  readonly failures: number;
  /** The dead letter that it was, if it was put back. */
  readonly replayOf: string | undefined;
  readonly messageId: string | undefined;
}

export interface Delivered extends Arrival {
  readonly at: number;
}

/** A dead letter as it was found. */
export interface FoundLetter {
  readonly reason: string;
  /** There may be two of it. */
  readonly isMarked: boolean;
  readonly messageId: string | undefined;
}

/** What is known of an event at one handler. */
export class HandlerPage {
  readonly delivered: Delivered[] = [];
  /** Whether the method could tell, each time it ran, that it may not be the first. */
  readonly begun: boolean[] = [];
  readonly handledAt: number[] = [];
  readonly deadLetters: FoundLetter[] = [];
  /** Why it is not owed: its queue was deleted with it. */
  excuse: string | undefined;
  readonly #fate: Fate;

  constructor(fate: Fate) {
    this.#fate = fate;
  }

  get isSettled(): boolean {
    if (this.handledAt.length > 0 || this.excuse !== undefined) return true;
    return this.#fate !== 'mended' && this.deadLetters.length > 0;
  }
}

export class EventPage {
  readonly event: PublishedEvent;
  readonly publishedAt: number;
  readonly handlers: Map<string, HandlerPage>;
  /** What became of the publish; `undefined` while it is on its way. */
  outcome: 'acknowledged' | 'unrouted' | 'rejected' | undefined;
  /** The publisher lost its connection meanwhile: it may have been sent twice, under the same message id. */
  mayBeTwice = false;
  /** Those under which it was seen anywhere: sent, delivered, a dead letter. */
  readonly messageIds = new Set<string | undefined>();

  constructor(event: PublishedEvent, publishedAt: number) {
    this.event = event;
    this.publishedAt = publishedAt;
    this.handlers = new Map(Object.entries(event.fates).map(([handler, fate]) => [handler, new HandlerPage(fate)]));
  }

  /** The broker said that it has it, so it must not get lost. */
  get isOwed(): boolean {
    return this.outcome === 'acknowledged';
  }
}

/** A call, as its caller knows it. */
export interface MadeCall {
  readonly id: string;
  readonly method: string;
  readonly timeoutMs: number;
  /** It is sent again after a lost connection, so it may run more often than once. @default false */
  readonly isIdempotent?: boolean;
  /** How often it may run at all, whatever it is told. @default as often as it likes */
  readonly mostRuns?: number;
  /** Its caller gives it up before its time is over, perhaps. @default false */
  readonly mayBeCancelled?: boolean;
}

export interface CallPage extends MadeCall {
  readonly startedAt: number;
  /** Whether each run could tell that it may be the second. */
  readonly runs: boolean[];
  settledAt?: number;
  /** `ok`, `wrong result`, or the code of the error. */
  outcome?: string;
}

/** What happened at a handler of ordered events, in order. */
export interface OrderEntry {
  readonly id: string;
  readonly key: string;
  readonly sequence: number;
  readonly at: number;
}
