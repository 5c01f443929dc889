/** What a worker can know of the message that fired it. */
export interface WorkerDelivery {
  /** Names the message: the same each time it is delivered. `undefined` if its sender gave it none. */
  readonly messageId: string | undefined;
  /** The service that sent it, and its type: what a handler of a wildcard was fired by. */
  readonly source: string;
  readonly type: string;
  /** Somebody may have begun with it before: this instance, or another one. */
  readonly redelivered: boolean;
  /** 1 at first, one more each time the method has failed on it. */
  readonly attempt: number;
  /** When the method failed on it first. */
  readonly firstFailedAt: Date | undefined;
  /** The id of the dead letter that it was, if it was put back by hand. */
  readonly replayOf: string | undefined;
}

/** Who can tell of the message behind a firing. */
export interface DeliverySource {
  /** Tells of the message. Called when the worker asks for `context.delivery`, and no more than once. */
  describeDelivery?(): WorkerDelivery;
}
