/** What every error of Mycel can carry besides its message. */
export interface MycelErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * The root of every error Mycel throws or rejects with.
 *
 * `code` is a stable literal (`MYCEL_...`), listed with its meaning and its remedy in `docs/reference/errors.md`.
 * Fields of subclasses are plain data, so an error can be logged, cloned and sent.
 */
export abstract class MycelError extends Error {
  abstract readonly code: string;

  constructor(message: string, options: MycelErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
  }
}

/** A program calls Mycel wrongly: an option, a declaration or an order of calls that cannot work. Fix the code. */
export class UsageError extends MycelError {
  readonly code = 'MYCEL_USAGE';
}

/** Reads the message of anything that was thrown, an `Error` or not. Never throws. */
export function messageOf(error: unknown): string {
  try {
    // A class may give its message another type.
    return error instanceof Error ? String(messageOfError(error)) : String(error);
  } catch {
    return Object.prototype.toString.call(error);
  }
}

function messageOfError(error: Error): unknown {
  // Node's own "could not connect to any address" has no message, only errors.
  if (error instanceof AggregateError && !error.message) return error.errors.map(messageOf).join('; ') || error.name;
  return error.message || error.name;
}
