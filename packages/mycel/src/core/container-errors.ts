import { MycelError, messageOf } from '../foundation/errors.ts';

/** A container was stopped or killed before its start had ended. `cause` is the error it was killed with, if any. */
export class StartInterruptedError extends MycelError {
  readonly code = 'MYCEL_START_INTERRUPTED';

  constructor(serviceName: string, cause?: unknown) {
    if (cause === undefined) super(`${serviceName} was stopped before it had started`);
    else super(`${serviceName} was killed before it had started: ${messageOf(cause)}`, { cause });
  }
}

/** Extensions failed to stop; the others were stopped all the same. `errors` holds each failure. */
export class StopFailedError extends MycelError {
  readonly code = 'MYCEL_STOP_FAILED';
  readonly errors: readonly unknown[];

  constructor(serviceName: string, errors: readonly unknown[]) {
    super(`${serviceName} stopped, but not everything in it stopped cleanly: ${errors.map(messageOf).join('; ')}`, {
      cause: errors[0],
    });
    this.errors = errors;
  }
}
