import type { ServiceHost } from '../core/service-host.ts';
import type { CarriedContext, FiredEntrypoint } from '../core/worker-context.ts';
import { DeadlinePassedError, WorkerRefusedError } from '../core/worker-errors.ts';
import type { WorkerHandle, WorkerOutcome, WorkerRequest } from '../core/worker-request.ts';
import { deferred } from '../foundation/deferred.ts';
import type { CallSettlement, Canceller, InboundCall } from '../transport/rpc-transport.ts';

/** The entrypoint of a firing: it knows what an outcome means for the caller. */
export interface SettlingEntrypoint extends FiredEntrypoint {
  settle(outcome: WorkerOutcome, firing: RpcFiring): WorkerOutcome | void | Promise<WorkerOutcome>;
  /** The deadline passed while the call waited for a worker. */
  expired(): void;
}

/**
 * One call being answered: what the worker is asked for, who hears of its end and who cancels it, all in one object.
 * Closures in the place of these methods, together with the Set of running workers, kept V8 from freeing young objects: without
 * both a prototype of the server took 6.5 µs of CPU per call instead of 20.5, in a benchmark without a broker.
 */
export class RpcFiring implements WorkerRequest, Canceller {
  readonly entrypoint: SettlingEntrypoint;
  readonly args: readonly unknown[];
  readonly context: CarriedContext;
  readonly timeoutMs: number | undefined;
  readonly returnable = true;
  readonly #call: InboundCall;
  readonly #settlement = deferred<CallSettlement>();
  #worker: WorkerHandle | undefined;
  #isCancelled = false;

  /** `spentMs` of the call's time have passed since it arrived. */
  constructor(entrypoint: SettlingEntrypoint, call: InboundCall, args: readonly unknown[], spentMs = 0) {
    this.entrypoint = entrypoint;
    this.args = args;
    this.context = call.context;
    this.timeoutMs = call.timeoutMs === undefined ? undefined : call.timeoutMs - spentMs;
    this.#call = call;
  }

  /** The id of the call, once the worker was asked for. */
  get callId(): string | undefined {
    return this.#worker?.context.callId;
  }

  protected get call(): InboundCall {
    return this.#call;
  }

  protected get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Asks for the worker. Resolves when the call is settled; never rejects. */
  run(host: ServiceHost): Promise<CallSettlement> {
    this.#call.canceller = this;
    this.#worker = host.spawnWorker(this);
    return this.#settlement.promise;
  }

  /** Says what becomes of the call; the first word counts. */
  settle(settlement: CallSettlement): void {
    this.#settlement.resolve(settlement);
  }

  cancel(reason: Error): void {
    this.#isCancelled = true;
    this.#worker?.abort(reason);
  }

  handleResult(outcome: WorkerOutcome): WorkerOutcome | void | Promise<WorkerOutcome> {
    return this.entrypoint.settle(outcome, this);
  }

  handleFailure(error: unknown): void {
    const isLate = error instanceof DeadlinePassedError;
    if (isLate) this.entrypoint.expired();
    if (this.#isCancelled || isLate) return this.settle({ kind: 'drop' });
    const wasStarted = !(error instanceof WorkerRefusedError);
    this.settle({ kind: 'requeue', wasStarted, timeoutMs: this.#worker?.context.remainingMs });
  }
}

/** A firing that happens once or not at all: nobody else can get the call any more when its method starts. */
export class AtMostOnceFiring extends RpcFiring {
  /** Whoever gave up in the meantime does not want it any more. */
  async claim(): Promise<boolean> {
    const isMine = (await this.call.accept?.()) ?? true;
    return isMine && !this.isCancelled;
  }
}
