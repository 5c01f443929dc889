import { Extension } from '../core/extension.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import { nearest } from '../foundation/nearest.ts';
import type { CallSettlement, InboundCall } from '../transport/rpc-transport.ts';
import { KeptSubscription } from '../transport/kept-subscription.ts';
import type { Subscription } from '../transport/subscription.ts';
import { transportKey, type Transport } from '../transport/transport.ts';
import { rpcSection } from './rpc-section.ts';
import { ExpiredCalls } from './expired-calls.ts';
import { answerToWire, methodNotFoundToWire } from './wire-errors.ts';
import { calleeCrashed, MalformedRequestError } from './rpc-errors.ts';

/** A method that answers calls. */
export interface CallTarget {
  readonly method: string;
  answer(call: InboundCall): Promise<CallSettlement>;
}

/** One per container: a service has one request queue for all its rpcs. */
export const rpcServerKey = resourceKey<RpcServer>('rpc server');

/**
 * Takes the calls to a service and hands each to its method.
 *
 * States: *idle* -> *serving* (from its start) -> *finishing* (from `stopTaking`: no new calls, answers still go out)
 * -> *closed*.
 */
export class RpcServer extends Extension {
  override readonly configSections = [rpcSection];
  readonly #targets = new Map<string, CallTarget>();
  #transport: Transport | undefined;
  #calls: KeptSubscription | undefined;
  #expired: ExpiredCalls | undefined;
  #exposesErrors = false;
  #poisonAfter = 0;

  /** Makes a method reachable. Only while binding. */
  add(target: CallTarget): void {
    this.#targets.set(target.method, target);
  }

  protected override onBind(): void {
    this.#calls = this.host.adopt(new KeptSubscription(() => this.#serve()));
  }

  override async setup(): Promise<void> {
    this.#transport = await this.host.resource(transportKey);
    const { rpc, counters } = this.#transport;
    const { expose_errors: exposes, poison_after: poisonAfter } = this.host.options(rpcSection);
    this.#exposesErrors = exposes ?? rpc.exposesErrors ?? false;
    this.#poisonAfter = poisonAfter;
    this.#expired = new ExpiredCalls(this.host.serviceName, this.host.logger, counters);
  }

  override stop(): void {
    this.#expired?.close();
  }

  override kill(): void {
    this.#expired?.close();
  }

  /** Whether callers are told the message of an error that is no part of a method's answer. */
  get exposesErrors(): boolean {
    return this.#exposesErrors;
  }

  /** Hears that a call of the method was not started because its deadline had passed. */
  callExpired(method: string): void {
    this.#expired?.note(method);
  }

  /** Takes no further call; those that run can still be answered. */
  async stopTaking(): Promise<void> {
    await this.#calls?.stopTaking();
  }

  override health(): HealthReport | undefined {
    return this.#calls?.health();
  }

  async #serve(): Promise<Subscription> {
    // Set up before anything starts.
    const { rpc } = this.#transport as Transport;
    const prefetch = this.host.options(rpcSection).prefetch ?? this.host.maxWorkers;
    return rpc.serve(this.host.serviceName, { prefetch, methods: [...this.#targets.keys()] }, this.#handle);
  }

  readonly #handle = (call: InboundCall): Promise<CallSettlement> => {
    const target = this.#targets.get(call.method);
    if (target) return (call.redelivered && this.#refuseReturned(call)) || target.answer(call);
    return Promise.resolve({ kind: 'error', error: this.#notFound(call) });
  };

  /** Another instance had the call, and ended: it is run once more, unless that has happened too often. */
  #refuseReturned({ method, returns = 1, context }: InboundCall): Promise<CallSettlement> | undefined {
    const { serviceName, logger } = this.host;
    const path = `${serviceName}.${method}`;
    this.#transport?.counters?.count('calls_redelivered', path);
    if (returns < this.#poisonAfter) return undefined;
    const error = calleeCrashed(path, returns);
    logger.error({ callIdStack: context.callIdStack, returns }, error.message);
    return Promise.resolve({ kind: 'error', error: answerToWire(error) });
  }

  #notFound(call: InboundCall): Extract<CallSettlement, { kind: 'error' }>['error'] {
    const { serviceName, logger } = this.host;
    logger.warn({ method: call.method }, `${serviceName} was called for '${call.method}', which it does not have`);
    if (!call.method) return answerToWire(new MalformedRequestError('the call names no method', undefined));
    return methodNotFoundToWire(call.method, nearest(call.method, this.#targets.keys()));
  }
}
