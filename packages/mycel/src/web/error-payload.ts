import { isDeclaredError } from '../core/remote-error.ts';
import {
  CallTimeoutSignal,
  DeadlinePassedError,
  GracePeriodOverError,
  WorkerKilledError,
  WorkerRefusedError,
} from '../core/worker-errors.ts';
import { CallTimeoutError, TransportError } from '../transport/transport-errors.ts';
import { HttpError, statusName } from './http-error.ts';
import { jsonPayload, type ResponsePayload } from './response-payload.ts';
import { ClientDisconnectedError, RequestTimeoutError } from './web-errors.ts';

/** Classes of errors. */
export type ErrorClasses = readonly (abstract new (...args: never[]) => Error)[];

/** What is known of the request that failed. */
export interface FailedRequest {
  /** Classes whose errors are the client's fault. */
  readonly expected: ErrorClasses;
  /** Names the call in the log, for errors that say nothing else. */
  readonly callId?: string | undefined;
}

/**
 * Makes a response of an error: `{ error: { code, message, ... } }`. Only a `HttpError`, an expected and a declared
 * error show their message; the others a status and the call's id, by which the log tells the rest.
 */
export function errorPayload(error: unknown, { expected, callId }: FailedRequest): ResponsePayload {
  if (error instanceof HttpError) {
    const { status, errorCode: code, message, details, headers } = error;
    return jsonPayload({ error: { code, message, details } }, status, headers);
  }
  if (isInstanceOf(error, expected)) {
    return jsonPayload({ error: { code: codeOf(error), message: error.message, details: dataOf(error) } }, 400);
  }
  if (isDeclaredError(error)) {
    const { code, message, data: details } = error;
    return jsonPayload({ error: { code, message, details } }, declaredStatus(error));
  }
  const { status, code, message, headers } = failure(error);
  return jsonPayload({ error: { code, message, callId } }, status, headers);
}

/** Tells errors that belong to normal work: the client's faults, and its going away. */
export function isClientFault(error: unknown, expected: ErrorClasses): boolean {
  if (error instanceof HttpError) return error.status < 500;
  return error instanceof ClientDisconnectedError || isInstanceOf(error, expected) || isDeclaredError(error);
}

interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const retryLater = { 'retry-after': '1' } as const;

function failure(error: unknown): Failure {
  if (
    error instanceof WorkerRefusedError ||
    error instanceof WorkerKilledError ||
    error instanceof GracePeriodOverError
  ) {
    return { status: 503, code: error.code, message: 'the service is stopping; try again', headers: retryLater };
  }
  if (error instanceof DeadlinePassedError) {
    return { status: 503, code: error.code, message: 'the service is busy; try again', headers: retryLater };
  }
  if (error instanceof RequestTimeoutError || error instanceof CallTimeoutSignal) {
    return { status: 503, code: error.code, message: 'the request took too long' };
  }
  if (error instanceof CallTimeoutError) {
    return { status: 504, code: error.code, message: 'a service that is needed for the answer did not reply in time' };
  }
  if (error instanceof TransportError) {
    return { status: 502, code: error.code, message: 'a service that is needed for the answer cannot be reached' };
  }
  return { status: 500, code: statusName(500), message: 'the request failed' };
}

function isInstanceOf(error: unknown, classes: ErrorClasses): error is Error {
  return classes.some((errorClass) => error instanceof errorClass);
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

function dataOf(error: Error): unknown {
  return isDeclaredError(error) ? error.data : undefined;
}

/** A declared error may say its status: `static status = 404`, or on the instance. */
function declaredStatus(error: object): number {
  const own = (error as { status?: unknown }).status ?? (error.constructor as { status?: unknown }).status;
  return typeof own === 'number' && Number.isInteger(own) && own >= 400 && own <= 599 ? own : 400;
}
