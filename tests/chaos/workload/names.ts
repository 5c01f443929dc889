/** Whose events are published. */
export const source = 'shop';

/** The event types, and who handles them. The frail one has one handler only, whose queue may be deleted; risky ones may end who takes them. */
export const handlersOf = {
  sold: ['billing.onSold', 'stock.onSold'],
  moved: ['stock.onMoved'],
  frail: ['frail.onFrail'],
  risky: ['lab.onRisky'],
} as const satisfies Record<string, readonly string[]>;

/** The handler that gets its events in order. */
export const orderedHandler = handlersOf.moved[0];

/** What the broker calls them: the exchange of all events, the one that calls take when they may, and the queue of the frail event. */
export const exchange = `${source}.events`;
export const callsExchange = 'mycel-calls';
export const frailQueue = 'evt-shop-frail--frail.onFrail';

export type EventType = keyof typeof handlersOf;

/** What an event carries. */
export interface EventPayload {
  readonly id: string;
  readonly key: string;
  /** How often each handler fails on it, by `service.method`; `'later'` asks for a later attempt once. */
  readonly failures: Readonly<Record<string, number | 'later'>>;
  /** Ends each process that takes it. */
  readonly isLethal?: boolean | undefined;
}

/** More failures than there are attempts. */
export const failsAlways = 1000;

/** What a handler attempts before it gives an event up. */
export const attempts = 4;

/** How often who handles a risky event ends before it is given up. */
export const poisonAfter = 5;

/** More often than this a call that ends who takes it is not run: three times, and each of them once more where it was put back twice. */
export const fatalRuns = 6;

export const retryDelays = ['100ms', '250ms'] as const;
