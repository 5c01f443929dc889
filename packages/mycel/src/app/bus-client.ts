import { randomUUID } from 'node:crypto';
import { EventCaller } from '../events/event-caller.ts';
import { didYouMean, nearest } from '../foundation/nearest.ts';
import { RpcCaller } from '../rpc/rpc-caller.ts';
import type { CallOptions } from '../rpc/rpc-client.ts';
import { MethodNotFoundError } from '../rpc/rpc-errors.ts';
import type { DiscoveryQuestion } from '../transport/discovery-transport.ts';
import type { PublishResult } from '../transport/event-transport.ts';
import type { CallArguments } from '../transport/rpc-transport.ts';
import { UnknownServiceError } from '../transport/transport-errors.ts';
import type { Transport } from '../transport/transport.ts';
import type { WireContext } from '../transport/wire-context.ts';
import { checkArguments, checkPayload } from './call-arguments.ts';
import { ServiceListing } from './service-listing.ts';

const nobody = new ServiceListing({ services: [], silent: 0, others: [] });

/** How a {@link BusClient} works. */
export interface BusClientOptions {
  /** Milliseconds until a call is given up. */
  readonly timeoutMs: number;
  /** What travels with every call and event; may be changed between them. */
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * What tools for people do on the bus: they ask which services there are, and call by name what those describe. Arguments
 * are checked by that description, so that a mistake is told without a call.
 */
export class BusClient implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #caller: RpcCaller;
  readonly #events: EventCaller;

  constructor(transport: Transport, { timeoutMs, context }: BusClientOptions) {
    const client = `standalone_rpc_client.${randomUUID()}`;
    const travelling = (): WireContext => ({ callIdStack: [`${client}.${randomUUID()}`], data: { ...context } });
    const origin = { context: travelling, remainingMs: undefined, cancellation: undefined, signal: undefined };
    this.#transport = transport;
    this.#caller = new RpcCaller({ transport: transport.rpc, timeoutMs, origin });
    this.#events = new EventCaller({
      transport: transport.events,
      context: () => ({ ...travelling(), callIdStack: [] }),
    });
  }

  /** Asks which services there are. Nothing is found with a transport that cannot tell. */
  async list(question?: DiscoveryQuestion): Promise<ServiceListing> {
    const { discovery } = this.#transport;
    return discovery ? new ServiceListing(await discovery.discover(question)) : nobody;
  }

  /**
   * Calls a method, checked by what `listing` knows of it. Rejects with a `RemoteError` for what the callee answers or would
   * answer, with a `TransportError` where there is no answer.
   */
  async call(
    listing: ServiceListing,
    service: string,
    method: string,
    args: CallArguments,
    options?: CallOptions,
  ): Promise<unknown> {
    const rpcs = listing.rpcs(service);
    const rpc = rpcs.find((entry) => entry.method === method);
    if (rpc) checkArguments(`${service}.${method}`, rpc, args);
    else if (listing.find(service))
      throw notFound(
        service,
        method,
        rpcs.map((entry) => entry.method),
      );
    try {
      return await this.#caller.call(service, method, args, options);
    } catch (error) {
      if (error instanceof UnknownServiceError)
        error.message += didYouMean(service, (await this.#listOr(listing)).names);
      throw error;
    }
  }

  /**
   * Dispatches an event in the name of a service. Resolves once the broker has it; rejects with an `InvalidPayloadError` if it is
   * not what the contract of a running instance of that service says.
   */
  async dispatch(source: string, type: string, payload: unknown): Promise<PublishResult> {
    checkPayload(await this.#listOr(nobody, { service: source }), { source, type, payload });
    return this.#events.dispatch(source, type, payload);
  }

  /** What was only to help must not fail what is to be done. */
  async #listOr(otherwise: ServiceListing, question?: DiscoveryQuestion): Promise<ServiceListing> {
    try {
      return await this.list(question);
    } catch {
      return otherwise;
    }
  }

  /** Gives up what is under way and disconnects. Idempotent. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function notFound(service: string, method: string, methods: readonly string[]): MethodNotFoundError {
  const near = nearest(method, methods);
  const known = methods.length > 0 ? `; it has ${methods.join(', ')}` : '; it has none';
  const message = `${service} has no rpc '${method}'${near.length > 0 ? didYouMean(method, methods) : known}`;
  return new MethodNotFoundError(message, { nearest: near });
}
