import { RemoteError } from '../core/remote-error.ts';
import { describeProblems, type SchemaProblem } from '../foundation/schema.ts';

/** The callee has no rpc of that name. `data.nearest` are names it does have, most alike first. */
export class MethodNotFoundError extends RemoteError<
  { readonly nearest: readonly string[] },
  'MYCEL_METHOD_NOT_FOUND'
> {
  static override readonly code = 'MYCEL_METHOD_NOT_FOUND';
}

/** The arguments do not fit the method's parameters: too many, too few, or of other names. */
export class IncorrectSignatureError extends RemoteError<undefined, 'MYCEL_INCORRECT_SIGNATURE'> {
  static override readonly code = 'MYCEL_INCORRECT_SIGNATURE';
}

/** The callee could not read the request as a call. */
export class MalformedRequestError extends RemoteError<undefined, 'MYCEL_MALFORMED_REQUEST'> {
  static override readonly code = 'MYCEL_MALFORMED_REQUEST';
}

/** An argument is not what the callee's schema asks for. `data.problems` lists all that is wrong. */
export class InvalidArgumentsError extends RemoteError<
  { readonly problems: readonly SchemaProblem[] },
  'MYCEL_INVALID_ARGUMENTS'
> {
  static override readonly code = 'MYCEL_INVALID_ARGUMENTS';
}

/** The callee's method returned what its own schema forbids: a fault of the callee. */
export class InvalidResultError extends RemoteError<
  { readonly problems: readonly SchemaProblem[] },
  'MYCEL_INVALID_RESULT'
> {
  static override readonly code = 'MYCEL_INVALID_RESULT';
}

/** The callee's method returned what cannot be sent: a function, a cycle. A fault of the callee. */
export class UnserialisableResultError extends RemoteError<unknown, 'MYCEL_UNSERIALISABLE_RESULT'> {
  static override readonly code = 'MYCEL_UNSERIALISABLE_RESULT';
}

/**
 * The call was not run again: `data.returns` instances took it one after the other and ended before they answered. It may have
 * run as often, in part.
 */
export class CalleeCrashedError extends RemoteError<{ readonly returns: number }, 'MYCEL_CALLEE_CRASHED'> {
  static override readonly code = 'MYCEL_CALLEE_CRASHED';
}

/** Says that `method` (`service.method`) is not run any more for a call that came back so often. */
export function calleeCrashed(method: string, returns: number): CalleeCrashedError {
  const message = `${method} was given up: ${returns} instances that took this call ended before they answered it; see in their logs what ends them, and whether its arguments do`;
  return new CalleeCrashedError(message, { returns });
}

/** Says which arguments of `method` (`service.method`) are wrong. */
export function invalidArguments(method: string, problems: readonly SchemaProblem[]): InvalidArgumentsError {
  return new InvalidArgumentsError(`${method}: ${describeProblems(problems)}`, { problems });
}

/** Says what is wrong with the result of `method` (`service.method`). */
export function invalidResult(method: string, problems: readonly SchemaProblem[]): InvalidResultError {
  return new InvalidResultError(`${method} returned what its 'returns' schema forbids: ${describeProblems(problems)}`, {
    problems,
  });
}
