/** The part of a worker's context that travels on the wire. Values are what JSON and the broker's headers can carry. */
export interface WireContext {
  /** Ids of the calls that led here, oldest first; on sending, the sender's own id is the last. */
  readonly callIdStack: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

export const emptyContext: WireContext = { callIdStack: [], data: {} };
