import { MycelError, messageOf } from '../foundation/errors.ts';

/** A worker was not started because its container is stopping or was killed. Nothing ran: hand the message back. */
export class WorkerRefusedError extends MycelError {
  readonly code = 'MYCEL_WORKER_REFUSED';

  constructor(serviceName: string, method: string) {
    super(`${serviceName}.${method} was not started: the service is stopping; another instance can take it`);
  }
}

/** A worker was not started because its caller's deadline had passed while it waited. Nothing ran. */
export class DeadlinePassedError extends MycelError {
  readonly code = 'MYCEL_DEADLINE_PASSED';

  constructor(serviceName: string, method: string) {
    super(
      `${serviceName}.${method} was not started: the caller's deadline passed while it waited for a free worker; raise max_workers, add instances, or give the call more time`,
    );
  }
}

/** Why a worker's signal aborted: its caller's deadline has passed. */
export class CallTimeoutSignal extends MycelError {
  readonly code = 'MYCEL_WORKER_TIMED_OUT';

  constructor(callId: string) {
    super(`the deadline of ${callId} has passed: its caller no longer waits`);
  }
}

/** Why a worker's signal aborted: the grace period of the stopping container is over. */
export class GracePeriodOverError extends MycelError {
  readonly code = 'MYCEL_GRACE_PERIOD_OVER';

  constructor(serviceName: string, graceMs: number) {
    super(
      `${serviceName} is stopping and its grace period of ${graceMs} ms is over; raise shutdown_grace to let work run longer`,
    );
  }
}

/** Code around a worker threw: a dependency's hook, the service's constructor, the entrypoint's `handleResult`. It ends the container. */
export class DependencyHookError extends MycelError {
  readonly code = 'MYCEL_WORKER_HOOK';

  constructor(context: { readonly callId: string }, hook: string, cause: unknown) {
    super(
      `${hook} failed for ${context.callId}: ${messageOf(cause)}; what fails around a method ends the service, so that a supervisor can restart it`,
      { cause },
    );
  }
}

/** A running worker was given up because its container was killed. Its message goes back to the broker. */
export class WorkerKilledError extends MycelError {
  readonly code = 'MYCEL_WORKER_KILLED';

  constructor(serviceName: string, cause?: unknown) {
    super(`the worker was given up: ${serviceName} was killed`, { cause });
  }
}

/** A background task of an extension failed; the container was killed because of it. */
export class TaskFailedError extends MycelError {
  readonly code = 'MYCEL_TASK_FAILED';

  constructor(serviceName: string, task: string, cause: unknown) {
    super(`the background task '${task}' of ${serviceName} failed: ${messageOf(cause)}`, { cause });
  }
}
