/**
 * Why a message is a dead letter: its handler `failed` on it as often as it is tried, it is `invalid` (it cannot be read, or does
 * not fit the schema), or it is `poison` (those who took it ended before they had settled it, again and again).
 */
export type DeadLetterReason = 'failed' | 'invalid' | 'poison';

/** What the handler knows of a failure; secrets are masked. */
export interface DeadLetterFailure {
  readonly reason: DeadLetterReason;
  readonly error: DeadLetterError;
  /** How often the handler was started on it. */
  readonly attempts: number;
  /** The instance of the service on which it failed last. */
  readonly instance: string;
}

/** The error that ended the last attempt. */
export interface DeadLetterError {
  /** The class's name: `TypeError`. */
  readonly type: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  /** Of an invalid payload: what is wrong, and where in it. */
  readonly problems?: readonly { readonly path: string; readonly message: string }[] | undefined;
}

/** A message that was given up, with all that is known of it. */
export interface DeadLetter extends DeadLetterFailure {
  /** Names the letter; a message that is given up again is another one. */
  readonly id: string;
  readonly service: string;
  readonly method: string;
  /** The version in the service's package.json, if it has one. */
  readonly version?: string | undefined;
  /** The machine and the process id of the instance. */
  readonly host?: string | undefined;
  readonly pid?: number | undefined;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
  /** The queue of the handler that failed: where a replay puts it. */
  readonly queue: string;
  /** Where its sender published it. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string | undefined;
  /** The ids of the calls that led to it, oldest first. */
  readonly callIdStack: readonly string[];
  /** How often it was put back before. */
  readonly replays: number;
  /** It was in somebody's hands before: a replay that was cut off may have put it back already. */
  readonly redelivered: boolean;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  /** The body, read; undefined if it cannot be. */
  readonly payload: unknown;
}
