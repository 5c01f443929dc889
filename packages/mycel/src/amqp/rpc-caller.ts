import { randomUUID } from 'node:crypto';
import type { Logger } from '../foundation/logger.ts';
import type { AmqpChannel, Delivery, FieldTable } from '../protocol/client/index.ts';
import { decodePayload, encodePayload } from '../transport/payload.ts';
import type { CallReply, OutboundCall, PendingCall } from '../transport/rpc-transport.ts';
import { DisconnectedError, UnknownServiceError } from '../transport/transport-errors.ts';
import { KeptChannel } from './kept-channel.ts';
import { contextHeaders, payloadSource, richHeader, timeoutHeader } from './message-headers.ts';
import { publishFailure } from './publish-failure.ts';
import { Call } from './rpc-call.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { controlExchange, declareBound, declareTopic, replyQueue } from './topology.ts';
import { fromErrorBody } from './wire-error-body.ts';

/** How a {@link RpcCaller} works. */
export interface CallerOptions {
  readonly exchange: string;
  /** Names the reply queue for people. */
  readonly owner: string;
  readonly logger: Logger;
}

/**
 * Sends calls and pairs their replies. All calls of a process share one channel and one exclusive reply queue, bound to
 * the rpc exchange by the id that requests carry as `reply_to`.
 */
export class RpcCaller {
  readonly #options: CallerOptions;
  readonly #channel: KeptChannel;
  readonly #replyTo = randomUUID();
  readonly #pending = new Map<string, Call>();

  constructor(connection: SupervisedConnection, options: CallerOptions) {
    this.#options = options;
    this.#channel = new KeptChannel(connection, {
      name: 'rpc calls',
      logger: options.logger,
      prepare: (channel) => this.#prepare(channel),
      onLost: (error) => this.#failAll(error),
    });
  }

  /** Resolves once replies can be received. */
  async ready(): Promise<void> {
    await this.#channel.ready();
  }

  /** Sends a call, now or as soon as the connection is back. */
  call(request: OutboundCall): PendingCall {
    const call = new Call(request, (ended) => this.#giveUp(ended));
    if (call.wasCancelled) return call;
    this.#pending.set(call.correlationId, call);
    const channel = this.#channel.current;
    if (channel) this.#send(channel, call);
    else void this.#sendWhenReady(call);
    return call;
  }

  /** Rejects what is pending and closes. */
  async close(): Promise<void> {
    this.#failAll(new DisconnectedError('the call was given up: its process is closing the connection to the broker'));
    await this.#channel.close();
  }

  async #prepare(channel: AmqpChannel): Promise<void> {
    await declareTopic(channel, this.#options.exchange);
    await declareTopic(channel, controlExchange);
    await channel.confirmSelect();
    const plan = replyQueue(this.#options.owner, this.#replyTo);
    await declareBound(channel, plan, this.#options.exchange, this.#replyTo);
    await channel.consume(plan.queue, this.#deliver, { noAck: true, onCancelled: () => void channel.close() });
  }

  async #sendWhenReady(call: Call): Promise<void> {
    try {
      const channel = await this.#channel.ready();
      if (this.#pending.has(call.correlationId)) this.#send(channel, call);
    } catch (error) {
      this.#pending.delete(call.correlationId);
      call.fail(error);
    }
  }

  #send(channel: AmqpChannel, call: Call): void {
    const { service, method } = call.request;
    try {
      const { body, headers } = encodeRequest(call.request);
      call.wasSent = true;
      channel
        .publishConfirmed(
          this.#options.exchange,
          `${service}.${method}`,
          body,
          {
            contentType: 'application/json',
            contentEncoding: 'utf-8',
            deliveryMode: 1,
            priority: 0,
            correlationId: call.correlationId,
            replyTo: this.#replyTo,
            expiration: String(Math.ceil(call.request.timeoutMs)),
            headers,
          },
          { mandatory: true },
        )
        .then(
          ({ returned }) => {
            if (returned) this.#fail(call, new UnknownServiceError(service));
            else call.confirm();
          },
          (error: unknown) => this.#fail(call, publishFailure(error, `${service}.${method}`)),
        );
    } catch (error) {
      this.#fail(call, error);
    }
  }

  readonly #deliver = ({ properties, body }: Delivery): void => {
    const call = this.#pending.get(properties.correlationId ?? '');
    if (!call) {
      this.#options.logger.debug(
        { correlationId: properties.correlationId },
        'a reply came for a call that nobody waits for any more',
      );
      return;
    }
    this.#pending.delete(call.correlationId);
    try {
      call.settle(readReply(decodePayload(payloadSource(properties, body))));
    } catch (error) {
      call.fail(error);
    }
  };

  /** The caller no longer waits: forget the call, and tell the callee if it does not know by its own clock. */
  #giveUp(call: Call): void {
    this.#pending.delete(call.correlationId);
    const channel = this.#channel.current;
    if (call.wasCancelled && call.wasSent && channel?.isOpen) {
      channel.publish(controlExchange, call.request.service, '', { correlationId: call.correlationId, type: 'cancel' });
    }
  }

  #fail(call: Call, error: unknown): void {
    this.#pending.delete(call.correlationId);
    call.fail(error);
  }

  #failAll(error: Error): void {
    for (const call of this.#pending.values()) {
      // A call that was not sent yet waits for the next channel, as long as its deadline lets it.
      if (call.wasSent) this.#fail(call, error);
    }
  }
}

function encodeRequest({ args, kwargs, context, headers, timeoutMs, service, method }: OutboundCall): {
  body: string;
  headers: FieldTable;
} {
  const { body, rich } = encodePayload({ args, kwargs }, `${service}.${method}`);
  const own: Record<string, unknown> = { ...headers, [timeoutHeader]: Math.ceil(timeoutMs) };
  if (rich !== undefined) own[richHeader] = rich;
  return { body, headers: contextHeaders(context, own) };
}

function readReply(reply: unknown): CallReply {
  const { result, error } = (reply ?? {}) as { result?: unknown; error?: unknown };
  return error ? { ok: false, error: fromErrorBody(error) } : { ok: true, value: result };
}
