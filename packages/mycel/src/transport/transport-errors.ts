import { MycelError } from '../foundation/errors.ts';

/** The message did not get through, or its answer did not come back: nothing the callee said. */
export abstract class TransportError extends MycelError {}

/** No queue exists for the service: it has never run on this broker. */
export class UnknownServiceError extends TransportError {
  readonly code = 'MYCEL_UNKNOWN_SERVICE';
  readonly service: string;

  constructor(service: string) {
    super(
      `unknown service '${service}': no queue takes calls to it; is it spelt right, started, and on the same broker and virtual host?`,
    );
    this.service = service;
  }
}

/** The call's deadline passed before its answer came. It may have run, or may not. */
export class CallTimeoutError extends TransportError {
  readonly code = 'MYCEL_CALL_TIMEOUT';
  readonly service: string;
  readonly method: string;
  readonly timeoutMs: number;

  constructor(service: string, method: string, timeoutMs: number, detail: string) {
    super(
      `${service}.${method} did not answer within ${timeoutMs} ms (${detail}); see whether the service runs and keeps up, or give the call more time with .with({ timeout })`,
    );
    this.service = service;
    this.method = method;
    this.timeoutMs = timeoutMs;
  }
}

/** The caller aborted the call: thrown at the caller (`cause` is its signal's reason), and the reason of the callee's signal. */
export class CallCancelledError extends TransportError {
  readonly code = 'MYCEL_CALL_CANCELLED';

  constructor(call: string, cause?: unknown) {
    super(`the call of ${call} was cancelled by its caller`, { cause });
  }
}

/** The broker was lost, away, blocked or silent. A call may have run, or may not; an event may have been taken if it was sent. */
export class DisconnectedError extends TransportError {
  readonly code = 'MYCEL_DISCONNECTED';
}

/** The transport was closed before this was done. */
export class TransportClosedError extends TransportError {
  readonly code = 'MYCEL_TRANSPORT_CLOSED';
}

/** The broker refused the message (a full queue with reject-publish, an internal error): it was not taken. */
export class PublishRejectedError extends TransportError {
  readonly code = 'MYCEL_PUBLISH_REJECTED';
}

/** What keeps an event from waiting any longer: so many wait, so many bytes of them, or it has waited so long. */
export type PublishBound = 'messages' | 'bytes' | 'age';

/** An event waited for the broker, or was to, and reached a bound. It was never sent: to publish it again cannot double it. */
export class PublishBufferError extends TransportError {
  readonly code = 'MYCEL_PUBLISH_BUFFER';
  readonly bound: PublishBound;
  /** The bound's value: a number of events, of bytes or of milliseconds. */
  readonly limit: number;

  constructor(message: string, bound: PublishBound, limit: number) {
    super(message);
    this.bound = bound;
    this.limit = limit;
  }
}

/** The broker cannot be reached, or refused the connection at start. */
export class BrokerUnavailableError extends TransportError {
  readonly code = 'MYCEL_BROKER_UNAVAILABLE';
}

/** The broker has an entity of that name with other properties, or lacks the right to declare it. */
export class TopologyError extends TransportError {
  readonly code = 'MYCEL_TOPOLOGY';
}

const sendable = 'numbers, strings, booleans, null, arrays, objects, Date, bigint, bytes, Map, Set';

/** A value cannot be sent: a function, a symbol, NaN, a cycle. Thrown at the sender, naming the path. */
export class UnserialisableError extends MycelError {
  readonly code = 'MYCEL_UNSERIALISABLE';
  /** Where in the value: `result.items[2]`. */
  readonly path: string;

  /** `allowed` says what can stand there. */
  constructor(path: string, what: string, allowed = sendable) {
    super(`${path} cannot be sent: ${what}; send plain data (${allowed})`);
    this.path = path;
  }
}

/** A message's body cannot be read: no JSON, a content type or a compression that is not spoken here. Never retried: it cannot get better. */
export class UndecodableError extends MycelError {
  readonly code = 'MYCEL_UNDECODABLE';
}
