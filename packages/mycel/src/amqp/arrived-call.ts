import { messageOf } from '../foundation/errors.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import { decodePayload } from '../transport/payload.ts';
import type { Canceller, InboundCall } from '../transport/rpc-transport.ts';
import type { WireContext } from '../transport/wire-context.ts';
import { payloadSource, readContext, timeoutHeader } from './message-headers.ts';
import { returnsOf, wasDelivered } from './returned-calls.ts';

/** A delivery of a request queue, read as a call. What cannot be read is said in `malformed`. */
export class ArrivedCall implements InboundCall {
  readonly correlationId: string | undefined;
  readonly method: string;
  readonly context: WireContext;
  readonly timeoutMs: number | undefined;
  readonly redelivered: boolean;
  readonly returns: number;
  readonly fromMycel: boolean;
  args: readonly unknown[] = [];
  kwargs: Readonly<Record<string, unknown>> = {};
  malformed: string | undefined = undefined;
  canceller: Canceller | undefined = undefined;
  /** It was acknowledged before its answer. */
  isAccepted = false;
  readonly #channel: AmqpChannel;
  readonly #deliveryTag: number;
  /** Where it stands among the calls that run here. */
  slot = 0;

  constructor(service: string, channel: AmqpChannel, delivery: Delivery) {
    const { properties, body, routingKey } = delivery;
    const { correlationId, expiration, headers } = properties;
    const timeout = headers?.[timeoutHeader];
    this.correlationId = correlationId;
    this.method = routingKey.slice(service.length + 1);
    this.context = readContext(headers);
    this.timeoutMs = typeof timeout === 'number' ? timeout : expirationMs(expiration);
    this.redelivered = wasDelivered(delivery);
    this.returns = returnsOf(delivery);
    this.#channel = channel;
    this.#deliveryTag = delivery.deliveryTag;
    this.fromMycel = timeout !== undefined;
    try {
      this.#readArguments(decodePayload(payloadSource(properties, body)));
    } catch (error) {
      this.malformed = messageOf(error);
    }
  }

  /** The broker handles a channel's frames in order: once it answers the question, it has the acknowledgement. */
  async accept(): Promise<boolean> {
    try {
      this.#channel.ack(this.#deliveryTag);
      this.isAccepted = true;
      await this.#channel.qos(0); // for consumers that this channel does not get any more
      return true;
    } catch {
      return false; // The channel was lost: the broker has it, or gives it to another.
    }
  }

  #readArguments(request: unknown): void {
    const { args, kwargs } = (request ?? {}) as { args?: unknown; kwargs?: unknown };
    if (args === undefined || kwargs === undefined) this.malformed = 'Message missing `args` or `kwargs`';
    else if (!Array.isArray(args)) this.malformed = '`args` is not an array';
    else if (typeof kwargs !== 'object' || kwargs === null || Array.isArray(kwargs))
      this.malformed = '`kwargs` is not an object';
    else {
      this.args = args;
      this.kwargs = kwargs as Record<string, unknown>;
    }
  }
}

function expirationMs(expiration: string | undefined): number | undefined {
  return expiration !== undefined && /^\d+$/.test(expiration) ? Number(expiration) : undefined;
}
