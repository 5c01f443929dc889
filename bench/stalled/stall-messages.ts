/** How a child publishes while the broker stands still, as the JSON of its first argument. */
export interface StallPlan {
  readonly uri: string;
  readonly way: string;
  /** So many wait for their confirm before the next is published; `undefined`: none does. */
  readonly inFlight: number | undefined;
  /** How many it publishes in all. */
  readonly events: number;
  /** Characters of an event's payload beside its number. */
  readonly payloadSize: number;
}

/** How the dispatches ended. */
export interface StallOutcomes {
  confirmed: number;
  /** Found no place to wait. */
  refused: number;
  /** Waited or were on the wire for too long. */
  givenUp: number;
}

/** What a child has seen of itself; memory in MiB. */
export interface StallReport extends StallOutcomes {
  readonly cpuSeconds: number;
  readonly beforeMiB: number;
  readonly peakMiB: number;
  readonly afterMiB: number;
  readonly leftHeapMiB: number;
  readonly drainSeconds: number;
}

/** What a child tells: that it is ready to be stalled, that the broker may go on, and at the end what it has seen. */
export type StallNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'done'; readonly report: StallReport };

/** What a child is told: that the broker stands still, and that it goes on. */
export type StallTurn = 'frozen' | 'thawed' | 'end';

/** In whose name the events are. */
export const stallSource = 'stall';
