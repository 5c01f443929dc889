import { MycelError } from '../foundation/errors.ts';

/** What the process ends with; the table for users is in docs/guide/running.md. From 64 on they are sysexits.h's. */
export const exitCode = {
  /** Stopped as asked. */
  ok: 0,
  /** Failed while running. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A module cannot be loaded, or its services cannot be run as they are written. */
  module: 65,
  /** Something outside is not there: the broker, the port. Trying again later may help. */
  unavailable: 69,
  /** A new project cannot be written. */
  cannotCreate: 73,
  /** The configuration is wrong. */
  config: 78,
} as const;

/** A second signal ends the process with 128 and the signal's number, as a shell would report it. */
export const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

const byErrorCode: Readonly<Record<string, number>> = {
  MYCEL_CONFIG: exitCode.config,
  MYCEL_CONFIG_UNAVAILABLE: exitCode.unavailable,
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

/** Chooses the exit code for an error that kept services from starting. */
export function exitCodeFor(error: unknown): number {
  return error instanceof MycelError ? (byErrorCode[error.code] ?? exitCode.failed) : exitCode.failed;
}
