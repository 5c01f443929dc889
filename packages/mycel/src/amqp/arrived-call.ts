import { messageOf } from '../foundation/errors.ts';
import type { Delivery } from '../protocol/client/index.ts';
import { decodePayload } from '../transport/payload.ts';
import type { Canceller, InboundCall } from '../transport/rpc-transport.ts';
import type { WireContext } from '../transport/wire-context.ts';
import { payloadSource, readContext, timeoutHeader } from './message-headers.ts';

/** A delivery of a request queue, read as a call. What cannot be read is said in `malformed`. */
export class ArrivedCall implements InboundCall {
  readonly correlationId: string | undefined;
  readonly method: string;
  readonly context: WireContext;
  readonly timeoutMs: number | undefined;
  readonly redelivered: boolean;
  readonly fromMycel: boolean;
  args: readonly unknown[] = [];
  kwargs: Readonly<Record<string, unknown>> = {};
  malformed: string | undefined = undefined;
  canceller: Canceller | undefined = undefined;
  /** Where it stands among the calls that run here. */
  slot = 0;

  constructor(service: string, { properties, body, routingKey, redelivered }: Delivery) {
    const { correlationId, expiration, headers } = properties;
    const timeout = headers?.[timeoutHeader];
    this.correlationId = correlationId;
    this.method = routingKey.slice(service.length + 1);
    this.context = readContext(headers);
    this.timeoutMs = typeof timeout === 'number' ? timeout : expirationMs(expiration);
    this.redelivered = redelivered;
    this.fromMycel = timeout !== undefined;
    try {
      this.#readArguments(decodePayload(payloadSource(properties, body)));
    } catch (error) {
      this.malformed = messageOf(error);
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
