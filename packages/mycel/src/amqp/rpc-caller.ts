import { randomUUID } from 'node:crypto';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { UnencodableError, type AmqpChannel, type Delivery, type FieldTable } from '../protocol/client/index.ts';
import { encodePayload, type EncodedPayload } from '../transport/payload.ts';
import type { OutboundCall, PendingCall } from '../transport/rpc-transport.ts';
import { TransportClosedError, UnknownServiceError } from '../transport/transport-errors.ts';
import { KeptChannel } from './kept-channel.ts';
import { contextHeaders, richHeader, timeoutHeader } from './message-headers.ts';
import { publishFailure } from './publish-failure.ts';
import { readReply } from './reply-body.ts';
import { Call, refusedCall } from './rpc-call.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { controlExchange, declareBound, declareTopic, replyQueue } from './topology.ts';

/** RabbitMQ closes the channel on an `expiration` that it finds too long; any version takes 32 bits of milliseconds. */
const longestExpirationMs = 2 ** 32 - 1;

/** How a {@link RpcCaller} works. */
export interface CallerOptions {
  readonly exchange: string;
  /** Names the reply queue for people. */
  readonly owner: string;
  readonly logger: Logger;
}

/**
 * Sends calls and pairs their replies. All calls of a process share one channel and one exclusive reply queue, bound to
 * the rpc exchange by the id that requests carry as `reply_to`. While there is no channel, or the broker reads nothing
 * because of an alarm, calls wait for as long as their deadline lets them.
 */
export class RpcCaller {
  readonly #options: CallerOptions;
  readonly #channel: KeptChannel;
  #replyTo = '';
  /** By correlation id, in the order of the calls. */
  readonly #pending = new Map<string, Call>();

  constructor(connection: SupervisedConnection, options: CallerOptions) {
    this.#options = options;
    this.#channel = new KeptChannel(connection, {
      name: 'rpc calls',
      logger: options.logger,
      prepare: (channel) => this.#prepare(channel),
      onWritable: (channel) => this.#sendWaiting(channel),
      onLost: (error) => this.#failSent(error),
      onEnded: (error) => this.#failAll(error),
    });
  }

  /** Tells whether replies can be received. */
  health(): HealthReport {
    return this.#channel.health();
  }

  /** Resolves once replies can be received. */
  async ready(): Promise<void> {
    await this.#channel.ready();
  }

  /** Sends a call, now or as soon as the connection is back. */
  call(request: OutboundCall): PendingCall {
    const { endError, writable } = this.#channel;
    if (endError) return refusedCall(endError);
    const call = new Call(request, (ended) => this.#giveUp(ended));
    if (call.isOver) return call;
    this.#pending.set(call.correlationId, call);
    if (writable) this.#send(writable, call);
    else this.#wait(call);
    return call;
  }

  /** Rejects what is pending. The connection is the caller's to close. */
  close(): void {
    this.#failAll(
      new TransportClosedError('the call was given up: its process is closing the connection to the broker'),
    );
    void this.#channel.close();
  }

  async #prepare(channel: AmqpChannel): Promise<void> {
    await declareTopic(channel, this.#options.exchange);
    await declareTopic(channel, controlExchange);
    channel.onReturn = ({ properties }) => this.#returned(properties.correlationId);
    // A name of its own each time: after a loss the broker may still hold the one before for the dead connection.
    const id = randomUUID();
    const plan = replyQueue(this.#options.owner, id);
    await declareBound(channel, plan, this.#options.exchange, id);
    await channel.consume(plan.queue, this.#deliver, { noAck: true, onCancelled: () => void channel.close() });
    this.#replyTo = id;
  }

  /** Encodes at once, as when it is sent at once: the arguments are those of now, and what cannot be sent is told now. */
  #wait(call: Call): void {
    try {
      call.payload = encodeArguments(call.request);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #sendWaiting(channel: AmqpChannel): void {
    for (const call of this.#pending.values()) if (!call.wasSent) this.#send(channel, call);
  }

  #send(channel: AmqpChannel, call: Call): void {
    const { service, method } = call.request;
    try {
      const remainingMs = Math.max(1, Math.ceil(call.remainingMs));
      const { body, rich } = call.payload ?? encodeArguments(call.request);
      const headers = requestHeaders(call.request, remainingMs, rich);
      call.wasSent = true;
      channel.publish(
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
          headers,
          ...(remainingMs <= longestExpirationMs ? { expiration: String(remainingMs) } : {}),
        },
        { mandatory: true },
      );
      if (call.request.awaitsBroker) void this.#awaitBroker(channel, call);
    } catch (error) {
      this.#fail(call, error instanceof UnencodableError ? publishFailure(error, `${service}.${method}`) : error);
    }
  }

  /**
   * Resolves `sent` once the broker has routed the request. It handles a channel's frames in order: the answer to a
   * question asked behind the request comes after the request was routed, and after its return if it could not be.
   * (Why requests have no confirms: docs/decisions/0006.)
   */
  async #awaitBroker(channel: AmqpChannel, call: Call): Promise<void> {
    try {
      await channel.qos(0);
      call.confirm();
    } catch (error) {
      this.#fail(call, publishFailure(error, `${call.request.service}.${call.request.method}`));
    }
  }

  /** No queue took the request. */
  #returned(correlationId = ''): void {
    const call = this.#pending.get(correlationId);
    if (call) this.#fail(call, new UnknownServiceError(call.request.service));
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
      call.settle(readReply(properties, body, `${call.request.service}.${call.request.method}`));
    } catch (error) {
      call.fail(error);
    }
  };

  /** The caller no longer waits: forget the call, and tell the callee if it does not know by its own clock. */
  #giveUp(call: Call): void {
    this.#pending.delete(call.correlationId);
    const channel = this.#channel.writable;
    if (call.wasCancelled && call.wasSent && channel) {
      channel.publish(controlExchange, call.request.service, '', { correlationId: call.correlationId, type: 'cancel' });
    }
  }

  #fail(call: Call, error: unknown): void {
    this.#pending.delete(call.correlationId);
    call.fail(error);
  }

  /** A call that was not sent yet waits for the next channel. */
  #failSent(error: Error): void {
    for (const call of this.#pending.values()) if (call.wasSent) this.#fail(call, error);
  }

  #failAll(error: Error): void {
    for (const call of this.#pending.values()) this.#fail(call, error);
  }
}

function encodeArguments({ args, kwargs, service, method }: OutboundCall): EncodedPayload {
  return encodePayload({ args, kwargs }, `${service}.${method}`);
}

function requestHeaders({ context, headers }: OutboundCall, remainingMs: number, rich: string | undefined): FieldTable {
  // A number even where there is no deadline: its presence tells that the caller is a Mycel program.
  const own: Record<string, unknown> = { ...headers, [timeoutHeader]: Math.min(remainingMs, Number.MAX_SAFE_INTEGER) };
  if (rich !== undefined) own[richHeader] = rich;
  return contextHeaders(context, own);
}
