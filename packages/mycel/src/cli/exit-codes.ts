import { RemoteError } from '../core/remote-error.ts';
import { MycelError } from '../foundation/errors.ts';

/** What the process ends with; the table for users is in docs/guide/running.md. From 64 on they are sysexits.h's. */
export const exitCode = {
  /** Stopped as asked. */
  ok: 0,
  /** Failed while running. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The arguments of a call, or the payload of an event, do not fit. */
  arguments: 64,
  /** A module cannot be loaded, or its services cannot be run as they are written. */
  module: 65,
  /** No dead letter has that id. */
  noLetter: 66,
  /** A service has no such method. */
  noMethod: 67,
  /** There is no such service. */
  noService: 68,
  /** Something outside is not there: the broker, the port. Trying again later may help. */
  unavailable: 69,
  /** A call was answered with an error. */
  remote: 70,
  /** A new project cannot be written. */
  cannotCreate: 73,
  /** Some dead letters could not be put back, and stay. */
  letters: 74,
  /** A call was not answered in time. */
  timeout: 75,
  /** The configuration is wrong. */
  config: 78,
} as const;

/** A second signal ends the process with 128 and the signal's number, as a shell would report it. */
export const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

const byErrorCode: Readonly<Record<string, number>> = {
  MYCEL_CONFIG: exitCode.config,
  MYCEL_CONFIG_UNAVAILABLE: exitCode.unavailable,
  MYCEL_INCORRECT_SIGNATURE: exitCode.arguments,
  MYCEL_INVALID_ARGUMENTS: exitCode.arguments,
  MYCEL_INVALID_PAYLOAD: exitCode.arguments,
  MYCEL_UNSERIALISABLE: exitCode.arguments,
  MYCEL_LETTER_NOT_FOUND: exitCode.noLetter,
  MYCEL_METHOD_NOT_FOUND: exitCode.noMethod,
  MYCEL_UNKNOWN_SERVICE: exitCode.noService,
  MYCEL_CALL_TIMEOUT: exitCode.timeout,
  MYCEL_DISCONNECTED: exitCode.unavailable,
  MYCEL_SERVICE_UNAVAILABLE: exitCode.unavailable,
  MYCEL_USAGE: exitCode.module,
  MYCEL_MODULE_NOT_FOUND: exitCode.module,
  MYCEL_MODULE_FAILED: exitCode.module,
  MYCEL_NO_SERVICE: exitCode.module,
  MYCEL_PROJECT_NOT_WRITTEN: exitCode.cannotCreate,
  MYCEL_WEB_ROUTE_CONFLICT: exitCode.module,
  MYCEL_WEB_LISTEN: exitCode.unavailable,
  MYCEL_BROKER_UNAVAILABLE: exitCode.unavailable,
  MYCEL_BROKER_LISTEN: exitCode.unavailable,
  MYCEL_TOPOLOGY: exitCode.unavailable,
};

/** Chooses the exit code for an error that kept a command from doing its work. */
export function exitCodeFor(error: unknown): number {
  if (!(error instanceof MycelError)) return exitCode.failed;
  return byErrorCode[error.code] ?? (error instanceof RemoteError ? exitCode.remote : exitCode.failed);
}
