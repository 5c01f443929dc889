import { MycelError, UsageError, type MycelErrorOptions } from '../foundation/errors.ts';
import type { Schema, SchemaOutput } from '../foundation/schema.ts';

/** The codes of the errors Mycel itself answers a call with. */
export type MycelCode = `MYCEL_${string}`;

/** How an error looked on the wire: what a foreign peer tells about it. */
export interface RemoteOrigin {
  /** The name of the error's class where it was thrown: `ValueError`. */
  readonly type: string;
  /** The full path of that class: `builtins.ValueError`. */
  readonly path: string;
  readonly args: readonly unknown[];
  /** The error's text. */
  readonly value: string;
}

export interface RemoteErrorOptions extends MycelErrorOptions {
  readonly origin?: RemoteOrigin | undefined;
}

/**
 * What a callee answered instead of a result. An instance of this very class is an error the callee did not declare;
 * `origin` says what it was there. Errors made by {@link remoteError} are subclasses, told apart by `code`.
 */
export class RemoteError<Data = unknown, Code extends string = MycelCode> extends MycelError {
  static readonly code: string = 'MYCEL_REMOTE';

  readonly code: Code;
  readonly data: Data;
  /** How the error looked on the wire; absent from one that was thrown in this process. */
  declare readonly origin?: RemoteOrigin;

  constructor(message: string, data: Data, options: RemoteErrorOptions = {}) {
    super(message, options);
    // A subclass's static `code` is the `Code` it gave to this class.
    this.code = new.target.code as Code;
    this.data = data;
    if (options.origin) this.origin = options.origin;
  }
}

/** A class made by {@link remoteError}, or the user's subclass of one. */
export interface RemoteErrorClass<Code extends string = string> {
  new (message: string, data: never, options?: RemoteErrorOptions): RemoteError<unknown, Code>;
  readonly code: Code;
  readonly schema: Schema | undefined;
}

/** What {@link remoteError} returns: extend it. Without a schema `data` may be left out. */
export interface DeclaredErrorClass<Code extends string, S extends Schema | undefined> {
  new (
    message: string,
    ...rest: S extends Schema
      ? [data: SchemaOutput<S>, options?: RemoteErrorOptions]
      : [data?: undefined, options?: RemoteErrorOptions]
  ): RemoteError<S extends Schema ? SchemaOutput<S> : undefined, Code>;
  readonly code: Code;
  readonly schema: S;
}

/** The instance a class of errors makes. */
export type ErrorOf<C extends RemoteErrorClass> = InstanceType<C>;

// By code, so that a client that knows only a service's name can revive an error whose class the process has loaded.
const classes = new Map<string, RemoteErrorClass>();
const made = new WeakSet<object>();

/**
 * Makes the base of an error that travels: `class CardDeclined extends remoteError('payment.CardDeclined', schema) {}`.
 *
 * `code` names it across services and languages (a Python peer sees it as the path of the exception's class). `schema`
 * gives `data` its type. `instanceof` compares the code, so it holds for an error revived from the wire, for one of a
 * second installed copy of the package, and for a subclass that keeps the code.
 */
export function remoteError<const Code extends string>(code: Code): DeclaredErrorClass<Code, undefined>;
export function remoteError<const Code extends string, S extends Schema>(
  code: Code,
  schema: S,
): DeclaredErrorClass<Code, S>;
export function remoteError(code: string, schema?: Schema): object {
  if (!/^[^\s.]+(\.[^\s.]+)*$/.test(code) || code.startsWith('MYCEL_')) {
    throw new UsageError(
      `remoteError(${JSON.stringify(code)}): a code is words with dots between them, such as 'payment.CardDeclined'`,
    );
  }
  class Declared extends RemoteError<unknown, string> {
    static override readonly code: string = code;
    static readonly schema: Schema | undefined = schema;

    static override [Symbol.hasInstance](value: unknown): boolean {
      return typeof value === 'object' && value !== null && (value as { code?: unknown }).code === this.code;
    }

    constructor(message: string, data?: unknown, options?: RemoteErrorOptions) {
      super(message, data, options);
      if (new.target !== Declared) noteErrorClass(new.target);
    }
  }
  // Until the user's subclass has been seen, errors are revived with this class, and show its name.
  Object.defineProperty(Declared, 'name', { value: code.slice(code.lastIndexOf('.') + 1) });
  made.add(Declared);
  noteErrorClass(Declared);
  return Declared;
}

/** Notes the class with which errors of its code are revived: the user's subclass rather than the base it extends. */
export function noteErrorClass(errorClass: RemoteErrorClass): void {
  classes.set(errorClass.code, errorClass);
}

/** Finds a class for `code` among those that {@link remoteError} made in this process, or `undefined`. */
export function errorClassOf(code: string): RemoteErrorClass | undefined {
  return classes.get(code);
}

/** Recognises a class that {@link remoteError} made, or one that extends it. */
export function isErrorClass(value: unknown): value is RemoteErrorClass {
  for (let link: unknown = value; typeof link === 'function'; link = Object.getPrototypeOf(link)) {
    if (made.has(link)) return true;
  }
  return false;
}

/** Recognises an error that {@link remoteError}'s classes made: one that travels by its own code. */
export function isDeclaredError(error: unknown): error is RemoteError<unknown, string> {
  return error instanceof RemoteError && isErrorClass(error.constructor);
}

/** Constructs an error as it was before it travelled. */
export function reviveDeclared(
  errorClass: RemoteErrorClass,
  message: string,
  data: unknown,
  origin: RemoteOrigin,
): RemoteError<unknown, string> {
  // The class's schema is the type of the data its sender put in; the wire brings it back as it was.
  return new errorClass(message, data as never, { origin });
}
