import { randomUUID } from 'node:crypto';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { longestTimerMs } from '../foundation/long-timer.ts';
import type { EncodedPayload } from '../transport/payload.ts';
import type { CallReply, OutboundCall, PendingCall } from '../transport/rpc-transport.ts';
import { CallCancelledError, CallTimeoutError } from '../transport/transport-errors.ts';

/** One call: from being sent to its reply, its deadline or its caller's change of mind, whichever comes first. */
export class Call implements PendingCall {
  readonly request: OutboundCall;
  readonly correlationId = randomUUID();
  /** Its arguments, encoded when it could not be sent at once. */
  payload: EncodedPayload | undefined = undefined;
  wasSent = false;
  wasCancelled = false;
  /** It has its answer, or none will be taken any more. */
  isOver = false;
  #sent: Deferred<void> | undefined;
  /** Whether the broker has the request, once that is known. */
  #fate: { readonly error?: unknown } | undefined;
  readonly #reply = deferred<CallReply>();
  readonly #deadline: number;
  #timer: NodeJS.Timeout | undefined;
  readonly #onGivenUp: (call: Call) => void;
  readonly #onAbort: (() => void) | undefined;

  constructor(request: OutboundCall, onGivenUp: (call: Call) => void) {
    this.request = request;
    this.#onGivenUp = onGivenUp;
    this.#reply.promise.catch(() => {}); // callers look at `reply`, at `sent`, or at neither
    const { signal, timeoutMs } = request;
    this.#deadline = performance.now() + timeoutMs;
    if (!(timeoutMs > 0)) {
      this.#timeOut();
      return;
    }
    this.#timer = setTimeout(onTimer, Math.min(timeoutMs, longestTimerMs), this);
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
    this.#decide({});
  }

  settle(reply: CallReply): void {
    this.#release();
    this.#decide({});
    this.#reply.resolve(reply);
  }

  fail(error: unknown): void {
    this.#release();
    this.#decide({ error });
    this.#reply.reject(error);
  }

  /** Nobody has answered in time, or the time is too long for one timer. */
  onTimer(): void {
    const { remainingMs } = this;
    if (this.request.timeoutMs <= longestTimerMs || remainingMs <= 0) this.#timeOut();
    else this.#timer = setTimeout(onTimer, Math.min(remainingMs, longestTimerMs), this);
  }

  #timeOut(): void {
    const { service, method, timeoutMs } = this.request;
    const detail = this.wasSent ? 'the request was sent' : `the request was not sent: ${this.#obstacle}`;
    this.#onGivenUp(this);
    this.fail(new CallTimeoutError(service, method, timeoutMs, detail));
  }

  get #obstacle(): string {
    if (!(this.request.timeoutMs > 0)) return 'no time was left for it';
    return 'there was no connection to the broker, or it took no messages';
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
    this.#onGivenUp(this);
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
