import type { AnyMethod } from '../core/declaration.ts';
import { Entrypoint } from '../core/entrypoint.ts';
import { isDeclaredError, RemoteError } from '../core/remote-error.ts';
import type { RpcDefinition } from '../core/rpc-definition.ts';
import type { WorkerOutcome } from '../core/worker-request.ts';
import { isThenable } from '../foundation/awaitable.ts';
import { messageOf, UsageError } from '../foundation/errors.ts';
import { type Validation, validate } from '../foundation/schema.ts';
import type { CallSettlement, InboundCall, WireError } from '../transport/rpc-transport.ts';
import { invalidArguments, invalidResult, MalformedRequestError } from './rpc-errors.ts';
import { checkArguments, type CheckedValues } from './rpc-check.ts';
import { describeRpc } from './rpc-description.ts';
import { AtMostOnceFiring, RpcFiring } from './rpc-firing.ts';
import { RpcServer, rpcServerKey } from './rpc-server.ts';
import { RpcSignature } from './rpc-signature.ts';
import { answerToWire, hiddenToWire, thrownToWire } from './wire-errors.ts';

/** What an rpc may say of itself besides its schemas. */
export interface RpcEntrypointOptions {
  /**
   * Errors that belong to the method's normal work: they are logged as warnings, and callers are told their message. Those of
   * `throws` always are.
   */
  readonly expected?: readonly (abstract new (...args: never[]) => Error)[] | undefined;
  /**
   * Never run it twice for one call: the request is acknowledged before the method starts, so that no other instance gets the
   * call when this one ends. Its caller then times out. Costs each call a round trip to the broker. @default false
   */
  readonly atMostOnce?: boolean | undefined;
  /**
   * The names of the method's parameters, for callers that use names. Needed only where the source text does not have
   * them: minified code, or a decorator that wraps the method.
   */
  readonly paramNames?: readonly string[] | undefined;
  /** Names of arguments that traces and logs must not show. */
  readonly sensitive?: readonly string[] | undefined;
}

/** Fires a method for each call of its name. All of a service's rpcs stand on one {@link RpcServer}. */
export class RpcEntrypoint extends Entrypoint {
  override readonly kind = 'rpc';
  override readonly answersCalls = true;
  /** Names of arguments that traces and logs must not show. */
  readonly sensitive: readonly string[];
  readonly #options: RpcEntrypointOptions;
  readonly #declared: RpcDefinition | undefined;
  #definition: RpcDefinition = {};
  #signature: RpcSignature | undefined;
  #server: RpcServer | undefined;

  /** `definition` is what the decorator says; without one the service's contract is asked. */
  constructor(definition: RpcDefinition | undefined, options: RpcEntrypointOptions = {}) {
    super();
    this.#declared = definition;
    this.#options = options;
    this.sensitive = options.sensitive ?? [];
  }

  /** The rpc's schemas and errors. */
  get definition(): RpcDefinition {
    return this.#definition;
  }

  protected override onBind(): void {
    this.#definition = this.#findDefinition();
    if (this.#definition.idempotent && this.#options.atMostOnce) {
      throw new UsageError(
        `${this.#path}: its callers repeat it because it is 'idempotent', and 'atMostOnce' says that it must not run twice; choose one`,
      );
    }
    this.#signature = new RpcSignature({
      name: this.method,
      // The service was checked: its class has a method of this name.
      method: (this.host.serviceClass.prototype as Record<string, AnyMethod>)[this.method] as AnyMethod,
      params: this.#definition.params,
      paramNames: this.#options.paramNames,
    });
    this.#server = this.host.share(rpcServerKey, () => new RpcServer());
    this.#server.add(this);
  }

  override async stop(): Promise<void> {
    await this.#server?.stopTaking();
  }

  /** Tells errors that are part of the rpc's answer from faults. */
  override isExpected(error: unknown): boolean {
    const { expected = [] } = this.#options;
    return isDeclaredError(error) || expected.some((errorClass) => error instanceof errorClass);
  }

  override describe(): Record<string, unknown> {
    return { parameters: this.#signature?.describe(), ...describeRpc(this.#definition, this.#signature?.parameters) };
  }

  /** Answers one call: checks it, runs the method in a worker. Never rejects. */
  answer(call: InboundCall): Promise<CallSettlement> {
    try {
      if (call.malformed !== undefined) throw new MalformedRequestError(call.malformed, undefined);
      // Bound before the server takes the first call.
      const signature = this.#signature as RpcSignature;
      const args = signature.bind(call);
      const { params } = this.#definition;
      if (params === undefined) return this.#run(call, args);
      const checked = checkArguments(params, args, (index) => signature.nameAt(index));
      if (!isThenable(checked)) return this.#runChecked(call, checked);
      return this.#runLater(call, checked);
    } catch (error) {
      return Promise.resolve(this.#refuse(error));
    }
  }

  /** Waits for the check, which takes its time from the call's. Never rejects. */
  async #runLater(call: InboundCall, check: Promise<CheckedValues>): Promise<CallSettlement> {
    const arrivedAt = performance.now();
    let isWanted = true;
    call.canceller = { cancel: () => (isWanted = false) };
    try {
      const checked = await check;
      return isWanted ? await this.#runChecked(call, checked, performance.now() - arrivedAt) : { kind: 'drop' };
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #runChecked(call: InboundCall, checked: CheckedValues, spentMs?: number): Promise<CallSettlement> {
    if (!checked.valid) throw invalidArguments(this.#path, checked.problems);
    return this.#run(call, checked.value, spentMs);
  }

  #run(call: InboundCall, args: readonly unknown[], spentMs = 0): Promise<CallSettlement> {
    const Firing = this.#options.atMostOnce ? AtMostOnceFiring : RpcFiring;
    return new Firing(this, call, args, spentMs).run(this.host);
  }

  /** Counts a call that came too late. */
  expired(): void {
    this.#server?.callExpired(this.method);
  }

  /** Settles a call whose method has ended: the outcome that is returned is what the hooks of dependencies see. */
  settle(outcome: WorkerOutcome, firing: RpcFiring): WorkerOutcome | void | Promise<WorkerOutcome> {
    const { returns } = this.#definition;
    if (!outcome.ok) return firing.settle({ kind: 'error', error: this.#toWire(outcome.error, firing.callId) });
    if (returns === undefined) return firing.settle({ kind: 'reply', value: outcome.value });
    try {
      const checked = validate(returns, outcome.value);
      if (!isThenable(checked)) return this.#settleChecked(checked, firing);
      return checked.then(
        (settled) => this.#settleChecked(settled, firing),
        (error: unknown) => this.#settleBroken(error, firing),
      );
    } catch (error) {
      return this.#settleBroken(error, firing);
    }
  }

  #settleChecked(checked: Validation<unknown>, firing: RpcFiring): WorkerOutcome {
    if (!checked.valid) return this.#settleBroken(invalidResult(this.#path, checked.problems), firing);
    firing.settle({ kind: 'reply', value: checked.value });
    return { ok: true, value: checked.value };
  }

  /** The method returned, but its result cannot be the answer. */
  #settleBroken(error: unknown, firing: RpcFiring): WorkerOutcome {
    const { callId } = firing;
    this.host.logger.error({ callId, err: error }, messageOf(error));
    const wire = error instanceof RemoteError ? answerToWire(error) : this.#toWire(error, callId);
    firing.settle({ kind: 'error', error: wire });
    return { ok: false, error };
  }

  #refuse(error: unknown): CallSettlement {
    this.host.logger.warn({ err: error }, `a call of ${this.#path} was refused: ${messageOf(error)}`);
    return { kind: 'error', error: error instanceof RemoteError ? answerToWire(error) : this.#toWire(error) };
  }

  /** What is part of the rpc's answer is told in full, the rest as the configuration says. */
  #toWire(error: unknown, callId?: string): WireError {
    const isTold = this.#server?.exposesErrors || this.isExpected(error);
    return isTold ? thrownToWire(error) : hiddenToWire(error, callId);
  }

  get #path(): string {
    return `${this.host.serviceName}.${this.method}`;
  }

  #findDefinition(): RpcDefinition {
    const { contract } = this.host;
    const promised = contract && Object.hasOwn(contract.rpcs, this.method) ? contract.rpcs[this.method] : undefined;
    if (promised && this.#declared && promised !== this.#declared) {
      throw new UsageError(
        `${this.#path}: the contract declares its params, returns, throws and idempotent, and @rpc does too; leave them to the contract`,
      );
    }
    return promised ?? this.#declared ?? {};
  }
}
