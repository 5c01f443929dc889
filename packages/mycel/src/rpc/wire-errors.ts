import { errorClassOf, isDeclaredError, RemoteError, reviveDeclared } from '../core/remote-error.ts';
import type { RemoteErrorClass, RemoteErrorOptions, RemoteOrigin } from '../core/remote-error.ts';
import { messageOf, MycelError } from '../foundation/errors.ts';
import type { SchemaProblem } from '../foundation/schema.ts';
import { didYouMean } from '../foundation/nearest.ts';
import type { WireError } from '../transport/rpc-transport.ts';
import { UnknownServiceError } from '../transport/transport-errors.ts';
import {
  CalleeCrashedError,
  IncorrectSignatureError,
  InvalidArgumentsError,
  InvalidResultError,
  MalformedRequestError,
  MethodNotFoundError,
  UnserialisableResultError,
} from './rpc-errors.ts';

const nameko = 'nameko.exceptions';

interface BuiltIn {
  readonly errorClass: new (message: string, data: never, options?: RemoteErrorOptions) => RemoteError;
  readonly path: string;
}

/** The errors of Mycel's own that answer a call, with the path under which Python peers know them. */
const builtIns: readonly BuiltIn[] = [
  { errorClass: MethodNotFoundError, path: `${nameko}.MethodNotFound` },
  { errorClass: IncorrectSignatureError, path: `${nameko}.IncorrectSignature` },
  { errorClass: MalformedRequestError, path: `${nameko}.MalformedRequest` },
  { errorClass: UnserialisableResultError, path: `${nameko}.UnserializableValueError` },
  { errorClass: InvalidArgumentsError, path: 'mycel.InvalidArguments' },
  { errorClass: InvalidResultError, path: 'mycel.InvalidResult' },
  { errorClass: CalleeCrashedError, path: 'mycel.CalleeCrashed' },
];
const builtInsByPath = new Map(builtIns.map((builtIn) => [builtIn.path, builtIn]));

/** Writes an answer that the rpc server itself gives: no worker was started, or its result was refused. */
export function answerToWire(error: RemoteError): WireError {
  const builtIn = builtIns.find(({ errorClass }) => error.constructor === errorClass);
  const path = builtIn?.path ?? `${nameko}.RemoteError`;
  return wireError(lastWord(path), path, error.message, { code: error.code, data: error.data });
}

/**
 * Writes the answer for a method that does not exist. Python peers look at the arguments, which are the bare name; the
 * rest is for ours.
 */
export function methodNotFoundToWire(method: string, nearest: readonly string[]): WireError {
  const code = MethodNotFoundError.code;
  return wireError('MethodNotFound', `${nameko}.MethodNotFound`, method, { code, data: { nearest } });
}

/**
 * Writes what a method threw. An error of `remoteError()` travels by its code, with its data; anything else by name
 * and message, and never with its stack. An undeclared error of another callee that passes through is relayed as
 * Nameko does: its own name becomes part of the text.
 */
export function thrownToWire(error: unknown): WireError {
  const value = messageOf(error);
  if (isDeclaredError(error)) {
    const wire = wireError(lastWord(error.code), error.code, value, { code: error.code, data: error.data });
    // With one that passes through, a Python class behind us is constructed as the one it came from.
    return error.origin ? { ...wire, args: error.origin.args } : wire;
  }
  if (error instanceof RemoteError) {
    const relayed = error.origin ? `${error.origin.type} ${error.origin.value}` : value;
    return wireError('RemoteError', `${nameko}.RemoteError`, relayed, { code: RemoteError.code });
  }
  if (error instanceof UnknownServiceError) {
    const text = `Unknown service \`${error.service}\``;
    return {
      ...wireError('UnknownService', `${nameko}.UnknownService`, text, { code: error.code }),
      args: [error.service],
    };
  }
  const type = nameOf(error);
  return wireError(type, `javascript.${type}`, value, error instanceof MycelError ? { code: error.code } : undefined);
}

/**
 * Writes what a method threw for callers that are not told its message: its class's name and its code remain, and where in
 * the service's log the rest is. Errors of Mycel's own that pass through are no exception: they name hosts and services.
 */
export function hiddenToWire(error: unknown, callId: string | undefined): WireError {
  const wire = thrownToWire(error);
  const cause = error instanceof RemoteError && error.origin ? `${error.origin.type}: ` : '';
  const place = callId === undefined ? 'its log has it' : `its log has it under the call id ${callId}`;
  const value = `${cause}the service keeps the message to itself; ${place}`;
  return { ...wire, args: [value], value };
}

/** Turns an answer back into an error: of the declared class, of one of Mycel's own, or a plain `RemoteError`. */
export function reviveError(
  wire: WireError,
  method: string,
  declared: ReadonlyMap<string, RemoteErrorClass> | undefined,
): RemoteError<unknown, string> {
  const { type, path, args, value, mycel } = wire;
  const origin: RemoteOrigin = { type, path, args, value };
  const builtIn = builtInsByPath.get(path);
  // `builtInData` gives each class the data that it promises.
  if (builtIn) return new builtIn.errorClass(builtInMessage(wire, method), builtInData(wire) as never, { origin });
  const code = mycel?.code ?? path;
  const errorClass = declared?.get(code) ?? errorClassOf(code);
  if (errorClass) {
    try {
      return reviveDeclared(errorClass, value, mycel?.data, origin);
    } catch {
      // A subclass with a constructor of its own that does not take what was sent: better a plain error than none.
    }
  }
  return new RemoteError(`${method} failed: ${value ? `${type}: ${value}` : type}`, mycel?.data, { origin });
}

function builtInMessage({ path, value, mycel }: WireError, method: string): string {
  if (path !== `${nameko}.MethodNotFound`) return value.startsWith(method) ? value : `${method}: ${value}`;
  const service = method.slice(0, method.lastIndexOf('.'));
  return `${service} has no rpc '${value}'${didYouMean(value, nearestIn(mycel?.data))}`;
}

/** What the class promises, whatever was sent. */
function builtInData({ path, mycel }: WireError): unknown {
  if (path === `${nameko}.MethodNotFound`) return { nearest: nearestIn(mycel?.data) };
  if (path === 'mycel.CalleeCrashed') return { returns: returnsIn(mycel?.data) };
  if (path.startsWith('mycel.')) return { problems: problemsIn(mycel?.data) };
  return mycel?.data;
}

function nearestIn(data: unknown): readonly string[] {
  const { nearest } = (data ?? {}) as { nearest?: unknown };
  return Array.isArray(nearest) && nearest.every((name) => typeof name === 'string') ? nearest : [];
}

function returnsIn(data: unknown): number {
  const { returns } = (data ?? {}) as { returns?: unknown };
  return typeof returns === 'number' ? returns : 1;
}

function problemsIn(data: unknown): readonly SchemaProblem[] {
  const { problems } = (data ?? {}) as { problems?: unknown };
  return Array.isArray(problems) && problems.every(isProblem) ? problems : [];
}

function isProblem(value: unknown): value is SchemaProblem {
  const { path, message } = (value ?? {}) as { path?: unknown; message?: unknown };
  return typeof path === 'string' && typeof message === 'string';
}

function wireError(type: string, path: string, value: string, mycel: WireError['mycel']): WireError {
  const own = mycel && mycel.data === undefined ? { code: mycel.code } : mycel;
  return { type, path, args: [value], value, mycel: own };
}

function lastWord(dotted: string): string {
  return dotted.slice(dotted.lastIndexOf('.') + 1);
}

function nameOf(error: unknown): string {
  try {
    if (error instanceof Error && typeof error.name === 'string' && error.name) return error.name;
  } catch {
    // It objects to being read.
  }
  return 'Error';
}
