import type { AmqpChannel } from '../protocol/client/index.ts';
import { isMissing } from './broker-refusal.ts';
import type { Call } from './rpc-call.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { requestQueue } from './topology.ts';

/** What the broker says of a service's request queue. */
interface QueueLook {
  readonly consumers: number;
  readonly queued: number;
}

/**
 * Asks the broker about calls that are slow, so that one which times out can say why: whether the request was routed, whether
 * anybody takes calls of the service, and how many wait. The answers come when they come; nobody waits for them. However
 * many calls are slow, there is one question of each kind on its way.
 */
export class SlowCalls {
  readonly #connection: SupervisedConnection;
  readonly #requests: () => AmqpChannel | undefined;
  #unrouted: Call[] = [];
  #isAskingRoute = false;
  readonly #byService = new Map<string, Call[]>();
  #isAskingQueues = false;
  /** Another channel than that of the requests: a refusal closes it. */
  #channel: AmqpChannel | undefined;

  /** `requests` is the channel that requests are sent on, while it can be written to. */
  constructor(connection: SupervisedConnection, requests: () => AmqpChannel | undefined) {
    this.#connection = connection;
    this.#requests = requests;
  }

  /** Asks about a call that was sent. */
  ask(call: Call): void {
    this.#unrouted.push(call);
    if (!this.#isAskingRoute) void this.#askRoutes();
    const { service } = call.request;
    const others = this.#byService.get(service);
    if (others) others.push(call);
    else this.#byService.set(service, [call]);
    if (!this.#isAskingQueues) void this.#askQueues();
  }

  /** The broker handles a channel's frames in order: what is answered behind a request comes after it was routed. */
  async #askRoutes(): Promise<void> {
    this.#isAskingRoute = true;
    while (this.#unrouted.length) {
      const calls = this.#unrouted;
      this.#unrouted = [];
      try {
        const channel = this.#requests();
        await channel?.qos(0);
        if (channel) for (const call of calls) call.confirm();
      } catch {
        // The channel was lost, and with it the calls: they have failed by now.
      }
    }
    this.#isAskingRoute = false;
  }

  async #askQueues(): Promise<void> {
    this.#isAskingQueues = true;
    for (const [service, calls] of this.#byService) {
      this.#byService.delete(service);
      const look = await this.#lookAt(service);
      if (look) for (const call of calls) call.saw(look.consumers, look.queued);
    }
    this.#isAskingQueues = false;
  }

  async #lookAt(service: string): Promise<QueueLook | undefined> {
    try {
      const channel = await this.#opened();
      const found = await channel?.declareQueue(requestQueue(service).queue, { passive: true });
      return found && { consumers: found.consumerCount, queued: found.messageCount };
    } catch (error) {
      // Deleted since the request was routed. Other refusals and losses leave it unknown.
      return isMissing(error) ? { consumers: 0, queued: 0 } : undefined;
    }
  }

  async #opened(): Promise<AmqpChannel | undefined> {
    if (this.#channel?.isOpen) return this.#channel;
    if (!this.#connection.isOpen || this.#connection.blocked !== undefined) return undefined;
    const connection = await this.#connection.whenOpen();
    return (this.#channel = await connection.openChannel());
  }
}
