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

/** Names the class of an error; one that sets no name of its own still has one. */
export function classNameOf({ name, constructor }: Error): string {
  return name && name !== 'Error' ? name : constructor.name || 'Error';
}

/** Says what was thrown, for a line of a log: its message, after its class where that says more than `Error`. Never throws. */
export function describeThrown(error: unknown): string {
  const message = messageOf(error);
  try {
    const name = error instanceof Error ? classNameOf(error) : 'Error';
    return name === 'Error' || name === message ? message : `${name}: ${message}`;
  } catch {
    return message;
  }
}

/** Takes the stack off an error that tells of a message, where it would show Mycel's own code only. */
export function stackless<E extends Error>(error: E): E {
  delete error.stack;
  return error;
}

/** Makes an error without looking where: for those of which there may be very many, and which tell of a message. */
export function withoutTrace<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  // Where the intrinsics are frozen it cannot be set, and the error has its stack.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}
