import { setImmediate } from 'node:timers';
import { randomUUID } from 'node:crypto';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { longestTimerMs } from '../foundation/long-timer.ts';
import type { EncodedPayload } from '../transport/payload.ts';
import type { CallReply, OutboundCall, PendingCall } from '../transport/rpc-transport.ts';
import { CallCancelledError, CallTimeoutError } from '../transport/transport-errors.ts';

/** A timer's clock is that much coarser than the deadline's. */
const timerStepMs = 1;

/** A timer that is as late as this was held up: what has arrived meanwhile is read first. */
const standstillMs = 20;

/** Who sends calls: it hears what becomes of them. */
export interface CallOwner {
  /** Half of its time is over, and no answer has come. */
  becameSlow(call: Call): void;
  /** It timed out or was cancelled. */
  gaveUp(call: Call): void;
}

/** One call: from being sent to its reply, its deadline or its caller's change of mind, whichever comes first. */
export class Call implements PendingCall {
  readonly request: OutboundCall;
  readonly correlationId = randomUUID();
  /** Its arguments, encoded when it could not be sent at once. */
  payload: EncodedPayload | undefined = undefined;
  wasSent = false;
  /** How often it was sent: more than once if it came back. */
  sendings = 0;
  /** How often it came back although its queue is there. */
  returnsFromQueue = 0;
  /** No queue took it when it was sent last. */
  cameBack = false;
  wasCancelled = false;
  /** It has its answer, or none will be taken any more. */
  isOver = false;
  /** Half of its time is over. */
  isSlow = false;
  #consumers: number | undefined;
  #queued: number | undefined;
  #sent: Deferred<void> | undefined;
  /** Whether the broker has the request, once that is known. */
  #fate: { readonly error?: unknown } | undefined;
  readonly #reply = deferred<CallReply>();
  readonly #deadline: number;
  #timer: NodeJS.Timeout | undefined;
  readonly #owner: CallOwner;
  readonly #onAbort: (() => void) | undefined;

  constructor(request: OutboundCall, owner: CallOwner) {
    this.request = request;
    this.#owner = owner;
    this.#reply.promise.catch(() => {}); // callers look at `reply`, at `sent`, or at neither
    const { signal, timeoutMs } = request;
    this.#deadline = performance.now() + timeoutMs;
    if (!(timeoutMs > 0)) {
      this.#timeOut();
      return;
    }
    this.#timer = setTimeout(onTimer, Math.min(Math.ceil(timeoutMs / 2), longestTimerMs), this);
    if (!signal) return;
    this.#onAbort = () => this.#cancel(signal.reason);
    if (signal.aborted) this.#cancel(signal.reason);
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Milliseconds that its caller still waits. */
  get remainingMs(): number {
    return this.#deadline - performance.now();
  }

  /** Made when first asked for: few callers do. */
  get sent(): Promise<void> {
    if (!this.#sent) {
      this.#sent = deferred();
      this.#sent.promise.catch(() => {}); // as for the reply
      this.#tellSent();
    }
    return this.#sent.promise;
  }

  get reply(): Promise<CallReply> {
    return this.#reply.promise;
  }

  confirm(): void {
    if (!this.cameBack) this.#decide({});
  }

  settle(reply: CallReply): void {
    // The callee's clock runs out when ours does: what its method throws then may be here before our timer goes off.
    this.#decide({});
    if (!reply.ok && this.remainingMs <= timerStepMs) return this.#timeOut(reply.error);
    this.#release();
    this.#reply.resolve(reply);
  }

  fail(error: unknown): void {
    this.#release();
    this.#decide({ error });
    this.#reply.reject(error);
  }

  /** The broker says how many take calls of the service, and how many requests wait. */
  saw(consumers: number, queued: number): void {
    this.#consumers = consumers;
    this.#queued = queued;
  }

  /** Half of the time is over, or all of it, or it is too long for one timer. */
  onTimer(): void {
    const remainingMs = Math.ceil(this.remainingMs);
    const { timeoutMs } = this.request;
    if (remainingMs < -standstillMs) return void setImmediate(() => this.isOver || this.#timeOut());
    if (remainingMs <= timerStepMs) return this.#timeOut();
    this.#timer = setTimeout(onTimer, Math.min(remainingMs, longestTimerMs), this);
    if (this.isSlow || remainingMs > timeoutMs / 2 + 1) return;
    this.isSlow = true;
    this.#owner.becameSlow(this);
  }

  #timeOut(cause?: unknown): void {
    const { service, method, timeoutMs } = this.request;
    this.#owner.gaveUp(this);
    const waitedMs = Math.max(0, Math.round(timeoutMs - this.remainingMs));
    const { wasSent } = this;
    const confirmed = this.#fate && !('error' in this.#fate) ? true : undefined;
    const known = { waitedMs, wasSent, confirmed, consumers: this.#consumers, queued: this.#queued };
    this.fail(new CallTimeoutError(service, method, timeoutMs, known, cause === undefined ? undefined : { cause }));
  }

  #decide(fate: { readonly error?: unknown }): void {
    this.#fate ??= fate;
    this.#tellSent();
  }

  #tellSent(): void {
    if (!this.#sent || !this.#fate) return;
    if ('error' in this.#fate) this.#sent.reject(this.#fate.error);
    else this.#sent.resolve();
  }

  #cancel(reason: unknown): void {
    this.wasCancelled = true;
    this.#owner.gaveUp(this);
    this.fail(new CallCancelledError(`${this.request.service}.${this.request.method}`, reason));
  }

  #release(): void {
    this.isOver = true;
    clearTimeout(this.#timer);
    if (this.#onAbort) this.request.signal?.removeEventListener('abort', this.#onAbort);
  }
}

function onTimer(call: Call): void {
  call.onTimer();
}

/** A call that was not even tried. */
export function refusedCall(error: Error): PendingCall {
  const refused = Promise.reject(error);
  refused.catch(() => {}); // callers look at the one they need
  return { correlationId: randomUUID(), sent: refused, reply: refused };
}
