import { randomUUID } from 'node:crypto';
import { deferred } from '../foundation/deferred.ts';
import type { CallReply, OutboundCall, PendingCall } from '../transport/rpc-transport.ts';
import { CallCancelledError, CallTimeoutError } from '../transport/transport-errors.ts';

/** One call: from being sent to its reply, its deadline or its caller's change of mind, whichever comes first. */
export class Call implements PendingCall {
  readonly request: OutboundCall;
  readonly correlationId = randomUUID();
  wasSent = false;
  wasCancelled = false;
  readonly #sent = deferred();
  readonly #reply = deferred<CallReply>();
  readonly #timer: NodeJS.Timeout;
  readonly #onGivenUp: (call: Call) => void;
  readonly #onAbort: (() => void) | undefined;

  constructor(request: OutboundCall, onGivenUp: (call: Call) => void) {
    this.request = request;
    this.#onGivenUp = onGivenUp;
    this.#sent.promise.catch(() => {}); // callers look at `reply`, and at `sent` only if they want to
    this.#reply.promise.catch(() => {}); // as above, the other way round
    this.#timer = setTimeout(() => this.#timeOut(), request.timeoutMs);
    const { signal } = request;
    if (!signal) return;
    this.#onAbort = () => this.#cancel(signal.reason);
    if (signal.aborted) this.#cancel(signal.reason);
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get sent(): Promise<void> {
    return this.#sent.promise;
  }

  get reply(): Promise<CallReply> {
    return this.#reply.promise;
  }

  confirm(): void {
    this.#sent.resolve();
  }

  settle(reply: CallReply): void {
    this.#release();
    this.#sent.resolve();
    this.#reply.resolve(reply);
  }

  fail(error: unknown): void {
    this.#release();
    this.#sent.reject(error);
    this.#reply.reject(error);
  }

  #timeOut(): void {
    const { service, method, timeoutMs } = this.request;
    const detail = this.wasSent
      ? 'the request was sent'
      : 'the request was not sent: there was no connection to the broker';
    this.#onGivenUp(this);
    this.fail(new CallTimeoutError(service, method, timeoutMs, detail));
  }

  #cancel(reason: unknown): void {
    this.wasCancelled = true;
    this.#onGivenUp(this);
    this.fail(new CallCancelledError(`${this.request.service}.${this.request.method}`, reason));
  }

  #release(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort) this.request.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** A call that was not even tried. */
export function refusedCall(error: Error): PendingCall {
  const refused = Promise.reject(error);
  refused.catch(() => {}); // callers look at the one they need
  return { correlationId: randomUUID(), sent: refused, reply: refused };
}
