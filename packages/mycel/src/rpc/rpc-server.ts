import { Extension } from '../core/extension.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import { nearest } from '../foundation/nearest.ts';
import type { CallSettlement, InboundCall } from '../transport/rpc-transport.ts';
import { KeptSubscription } from '../transport/kept-subscription.ts';
import type { Subscription } from '../transport/subscription.ts';
import { transportKey, type Transport } from '../transport/transport.ts';
import { rpcSection } from './rpc-section.ts';
import { answerToWire, methodNotFoundToWire } from './wire-errors.ts';
import { MalformedRequestError } from './rpc-errors.ts';

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

  /** Makes a method reachable. Only while binding. */
  add(target: CallTarget): void {
    this.#targets.set(target.method, target);
  }

  protected override onBind(): void {
    this.#calls = this.host.adopt(new KeptSubscription(() => this.#serve()));
  }

  override async setup(): Promise<void> {
    this.#transport = await this.host.resource(transportKey);
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
    return rpc.serve(this.host.serviceName, { prefetch }, this.#handle);
  }

  readonly #handle = (call: InboundCall): Promise<CallSettlement> => {
    const target = this.#targets.get(call.method);
    if (target) return target.answer(call);
    return Promise.resolve({ kind: 'error', error: this.#notFound(call) });
  };

  #notFound(call: InboundCall): Extract<CallSettlement, { kind: 'error' }>['error'] {
    const { serviceName, logger } = this.host;
    logger.warn({ method: call.method }, `${serviceName} was called for '${call.method}', which it does not have`);
    if (!call.method) return answerToWire(new MalformedRequestError('the call names no method', undefined));
    return methodNotFoundToWire(call.method, nearest(call.method, this.#targets.keys()));
  }
}
