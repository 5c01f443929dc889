import { AmqpTransport } from '../amqp/amqp-transport.ts';
import { loadConfig } from '../config/load-config.ts';
import { EventCaller } from '../events/event-caller.ts';
import { durationMs, type Duration } from '../foundation/duration.ts';
import { silentLogger, type Logger } from '../foundation/logger.ts';
import { RpcCaller, standaloneOrigin } from '../rpc/rpc-caller.ts';
import { transportFrom } from './open-transport.ts';
import type { Transport } from '../transport/transport.ts';

/** How a program that is no service takes part. */
export interface ConnectOptions {
  /** How long a call waits for its answer, unless it says itself. @default '10s' */
  readonly timeout?: Duration;
  /** What travels with every call and event: user, language, ... @default nothing */
  readonly context?: Readonly<Record<string, unknown>>;
  /** @default a logger that writes nothing */
  readonly logger?: Logger;
}

/**
 * Calls services and dispatches events from outside of any service: `await using mycel = await connect(uri)`.
 * Close it when it is done: until then its connection keeps the process alive.
 */
export class StandaloneClient implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #caller: RpcCaller;
  readonly #events: EventCaller;

  constructor(transport: Transport, { timeout = '10s', context }: ConnectOptions = {}) {
    this.#transport = transport;
    this.#caller = new RpcCaller({
      transport: transport.rpc,
      timeoutMs: durationMs(timeout, 'timeout'),
      origin: standaloneOrigin(context),
    });
    this.#events = new EventCaller({
      transport: transport.events,
      context: () => ({ callIdStack: [], data: context ?? {} }),
    });
  }

  /** Returns a typed client of a service: `rpc(contract)`, `rpc<MathService>('math_service')`, `rpc(MathService)`. */
  get rpc(): RpcCaller['service'] {
    return this.#caller.service.bind(this.#caller);
  }

  /**
   * Dispatches an event in the name of a service: `dispatch(OrderPlaced, payload)`, or
   * `dispatch('orders', 'order_placed', payload)`. Resolves once the broker has it; `routed` is false if nobody handles it.
   */
  get dispatch(): EventCaller['dispatch'] {
    return this.#events.dispatch.bind(this.#events);
  }

  /** Waits for events on their way, gives up calls on their way, and disconnects. Idempotent. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Connects to the broker at an AMQP URI, or through a transport of one's own; without either to the broker that the
 * environment names (`AMQP_URI`), or else to the embedded one that services of this machine run on. Rejects with a
 * `BrokerUnavailableError` if it cannot be reached or there is none.
 */
export async function connect(broker?: string | Transport, options: ConnectOptions = {}): Promise<StandaloneClient> {
  const logger = options.logger ?? silentLogger;
  const transport = typeof broker === 'object' ? broker : await transportTo(broker, logger);
  try {
    await transport.open();
    await transport.rpc.prepareCalls();
    return new StandaloneClient(transport, options);
  } catch (error) {
    if (transport !== broker) await transport.close();
    throw error;
  }
}

async function transportTo(uri: string | undefined, logger: Logger): Promise<Transport> {
  if (uri !== undefined) return new AmqpTransport({ uri, logger });
  return transportFrom(await loadConfig(), logger, { mayHost: false });
}
