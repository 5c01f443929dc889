import { MycelError, type MycelErrorOptions } from '../foundation/errors.ts';

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

/** The service's queue is there, and cannot be reached: the node of the cluster that has it is down. The call was not run. */
export class ServiceUnavailableError extends TransportError {
  readonly code = 'MYCEL_SERVICE_UNAVAILABLE';
  readonly service: string;

  /** `reason` is what the broker says. */
  constructor(service: string, reason: string) {
    super(
      `service '${service}' cannot be called: ${reason}; calls work again when that node is back; with amqp.rpc_queue_type 'quorum' they go on without it`,
    );
    this.service = service;
  }
}

/** What the caller knows of a call that has had no answer. */
export interface CallProgress {
  /** How long it was waited for, in milliseconds. */
  readonly waitedMs: number;
  /** The request was handed to the broker. */
  readonly wasSent: boolean;
  /** The broker said that it has routed the request to a queue; `undefined` if it has not said. */
  readonly confirmed?: boolean | undefined;
  /** How many took calls of the service when the broker was asked, half-way; `undefined` if it has not said. */
  readonly consumers?: number | undefined;
  /** How many requests waited in the service's queue then. */
  readonly queued?: number | undefined;
}

/**
 * The call's deadline passed before its answer came. It may have run, or may not, unless `wasSent` is false. `cause` is the
 * `WireError` with which it ended at its deadline, if that is known.
 */
export class CallTimeoutError extends TransportError implements CallProgress {
  readonly code = 'MYCEL_CALL_TIMEOUT';
  readonly service: string;
  readonly method: string;
  readonly timeoutMs: number;
  readonly waitedMs: number;
  readonly wasSent: boolean;
  readonly confirmed: boolean | undefined;
  readonly consumers: number | undefined;
  readonly queued: number | undefined;

  constructor(service: string, method: string, timeoutMs: number, progress: CallProgress, options?: MycelErrorOptions) {
    super(
      `${service}.${method} did not answer within ${Math.round(timeoutMs)} ms (${whatIsKnown(service, timeoutMs, progress)}); ${remedyFor(service, progress)}`,
      options,
    );
    this.service = service;
    this.method = method;
    this.timeoutMs = timeoutMs;
    this.waitedMs = progress.waitedMs;
    this.wasSent = progress.wasSent;
    this.confirmed = progress.confirmed;
    this.consumers = progress.consumers;
    this.queued = progress.queued;
  }
}

function whatIsKnown(service: string, timeoutMs: number, known: CallProgress): string {
  const { wasSent, confirmed, consumers, queued = 0 } = known;
  if (!(timeoutMs > 0)) return 'the request was not sent: no time was left for it';
  if (!wasSent) return 'the request was not sent: there was no connection to the broker, or it took no messages';
  const sent = confirmed
    ? 'the request was sent, and the broker has routed it'
    : 'the request was sent; the broker has not said that it has it';
  if (consumers === undefined) return sent;
  const takers = consumers === 0 ? `nobody took calls of '${service}'` : `${consumers} took calls of '${service}'`;
  return `${sent}; half-way, ${takers}, and ${queued} waited in its queue`;
}

function remedyFor(service: string, { wasSent, consumers, queued = 0 }: CallProgress): string {
  if (!wasSent)
    return 'see whether the broker runs and can be reached, or give the call more time with .with({ timeout })';
  if (consumers === 0) return `start an instance of '${service}', or see why none is attached`;
  if (queued > 0) return `'${service}' does not keep up: add instances, or raise its max_workers`;
  return 'see whether the service runs and keeps up, or give the call more time with .with({ timeout })';
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
  /** The queue or exchange that exists otherwise; `undefined`, as the other three, where the refusal is about something else. */
  readonly entity: string | undefined;
  /** What differs: `x-queue-type`, `durable`. */
  readonly argument: string | undefined;
  /** What this process declares; `undefined` where it leaves that open. */
  readonly wanted: string | undefined;
  /** What the broker has; `undefined` where that was left open. */
  readonly existing: string | undefined;

  constructor(message: string, options: MycelErrorOptions & { readonly mismatch?: TopologyMismatch | undefined } = {}) {
    super(message, options);
    const { entity, argument, wanted, existing } = options.mismatch ?? {};
    this.entity = entity;
    this.argument = argument;
    this.wanted = wanted;
    this.existing = existing;
  }
}

/** In what a queue or an exchange differs from its declaration. */
export interface TopologyMismatch {
  readonly entity: string;
  readonly argument: string;
  readonly wanted: string | undefined;
  readonly existing: string | undefined;
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
