import { randomUUID } from 'node:crypto';
import { deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import type {
  CallArguments,
  CallReply,
  CallSettlement,
  InboundCall,
  OutboundCall,
  PendingCall,
  RpcTransport,
  ServeOptions,
  WireError,
} from '../transport/rpc-transport.ts';
import type { Subscription } from '../transport/subscription.ts';
import {
  CallCancelledError,
  CallTimeoutError,
  TransportClosedError,
  UnknownServiceError,
  UnserialisableError,
} from '../transport/transport-errors.ts';
import { arrivedContext, type MemoryBroker, type QueuedCall, travel } from './memory-broker.ts';
import type { MemoryDelivery } from './memory-queue.ts';

/** Calls by way of a {@link MemoryBroker}. */
export class MemoryRpc implements RpcTransport {
  readonly #broker: MemoryBroker;
  readonly #fromMycel: boolean;
  readonly #pending = new Set<MemoryCall>();
  readonly #subscriptions = new Set<Subscription>();

  constructor(broker: MemoryBroker, fromMycel: boolean) {
    this.#broker = broker;
    this.#fromMycel = fromMycel;
  }

  async serve(
    service: string,
    { prefetch }: ServeOptions,
    handle: (call: InboundCall) => Promise<CallSettlement>,
  ): Promise<Subscription> {
    const queue = this.#broker.declareCallQueue(service);
    const subscription = queue.consume(prefetch, (delivery) => void this.#deliver(delivery, handle));
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async prepareCalls(): Promise<void> {}

  call(request: OutboundCall): PendingCall {
    const call = new MemoryCall(request, () => this.#pending.delete(call));
    this.#pending.add(call);
    const queue = this.#broker.callQueue(request.service);
    if (queue) {
      const queued = call.prepare();
      if (queued) queue.push(queued);
    } else {
      call.fail(new UnknownServiceError(request.service));
    }
    return call;
  }

  async close(): Promise<void> {
    for (const call of this.#pending) call.fail(new TransportClosedError('the transport was closed during the call'));
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    this.#subscriptions.clear();
  }

  async #deliver(
    delivery: MemoryDelivery<QueuedCall>,
    handle: (call: InboundCall) => Promise<CallSettlement>,
  ): Promise<void> {
    const queued = delivery.value;
    if (queued.isAbandoned()) return void delivery.settle('ack');
    const call: InboundCall = {
      method: queued.request.method,
      args: queued.args,
      kwargs: queued.kwargs,
      context: queued.context,
      timeoutMs: this.#fromMycel ? queued.deadline - performance.now() : undefined,
      redelivered: delivery.redelivered,
      fromMycel: this.#fromMycel,
      canceller: undefined,
    };
    queued.onCancel = (reason) => call.canceller?.cancel(reason);
    const settlement = await handle(call);
    const kept = delivery.settle(settlement.kind === 'requeue' ? 'requeue' : 'ack');
    if (kept && (settlement.kind === 'reply' || settlement.kind === 'error')) queued.reply(arrivedReply(settlement));
  }
}

/** One call: to its answer, its deadline or its caller's change of mind, whichever comes first. */
class MemoryCall implements PendingCall {
  readonly correlationId = randomUUID();
  readonly #request: OutboundCall;
  readonly #sent = deferred();
  readonly #reply = deferred<CallReply>();
  readonly #onEnd: () => void;
  #queued: QueuedCall | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(request: OutboundCall, onEnd: () => void) {
    this.#request = request;
    this.#onEnd = onEnd;
    this.#sent.promise.catch(() => {}); // callers look at either, or at neither
    this.#reply.promise.catch(() => {});
    const { signal, service, method, timeoutMs } = request;
    this.#timer = setTimeout(() => {
      this.fail(new CallTimeoutError(service, method, timeoutMs, 'the request was sent'));
    }, timeoutMs);
    if (signal?.aborted) queueMicrotask(this.#cancel);
    else signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  get sent(): Promise<void> {
    return this.#sent.promise;
  }

  get reply(): Promise<CallReply> {
    return this.#reply.promise;
  }

  /** Makes what goes into the queue; `undefined` if the call has failed already, or its arguments cannot be sent. */
  prepare(): QueuedCall | undefined {
    const { service, method, args, kwargs, context, headers, timeoutMs } = this.#request;
    if (this.#ended) return undefined;
    try {
      // What goes in as arguments comes out as arguments.
      const sent = travel({ args, kwargs }, `${service}.${method}`) as CallArguments;
      this.#sent.resolve();
      this.#queued = {
        ...sent,
        request: this.#request,
        context: arrivedContext(context, headers),
        deadline: performance.now() + timeoutMs,
        isAbandoned: () => this.#ended,
        onCancel: undefined,
        reply: (reply) => this.#end(() => this.#reply.resolve(reply)),
      };
      return this.#queued;
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  fail(error: unknown): void {
    this.#end(() => {
      this.#sent.reject(error);
      this.#reply.reject(error);
    });
  }

  readonly #cancel = (): void => {
    const { service, method, signal } = this.#request;
    const error = new CallCancelledError(`${service}.${method}`, signal?.reason);
    this.fail(error);
    this.#queued?.onCancel?.(error);
  };

  #end(settle: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener('abort', this.#cancel);
    settle();
    this.#onEnd();
  }
}

function arrivedReply(settlement: Extract<CallSettlement, { kind: 'reply' | 'error' }>): CallReply {
  try {
    if (settlement.kind === 'reply') return { ok: true, value: travel(settlement.value, 'result') };
    return { ok: false, error: travel(settlement.error, 'error') as WireError };
  } catch (error) {
    const path = 'nameko.exceptions.UnserializableValueError';
    const mycel = error instanceof UnserialisableError ? { code: error.code, data: { path: error.path } } : undefined;
    return { ok: false, error: { type: 'UnserializableValueError', path, args: [], value: messageOf(error), mycel } };
  }
}
