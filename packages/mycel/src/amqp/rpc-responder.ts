import type { AmqpChannel, Delivery, FieldTable, MessageProperties } from '../protocol/client/index.ts';
import type { Logger } from '../foundation/logger.ts';
import { messageOf } from '../foundation/errors.ts';
import { SlottedList } from '../foundation/slotted-list.ts';
import { encodePayload, type EncodedPayload } from '../transport/payload.ts';
import type { CallSettlement, InboundCall, WireError } from '../transport/rpc-transport.ts';
import { UnserialisableError } from '../transport/transport-errors.ts';
import type { RpcQueueType } from './amqp-options.ts';
import { ArrivedCall } from './arrived-call.ts';
import { replicatedHeader, richHeader, shortcutHeader } from './message-headers.ts';
import { putBack } from './returned-calls.ts';
import { writeResult } from './reply-body.ts';
import { shortcutExchange } from './topology.ts';
import { toErrorBody } from './wire-error-body.ts';

/** Answers one call. Must not reject. */
export type CallHandler = (call: InboundCall) => Promise<CallSettlement>;

/** How many cancellations are remembered; most are of calls that other instances have. */
const mostCancelled = 1000;

/** How a {@link RpcResponder} works. */
export interface ResponderOptions {
  readonly exchange: string;
  readonly service: string;
  readonly queueType: RpcQueueType;
  /** Those that can be called by the shortcut. */
  readonly methods: readonly string[];
  /** Tells whether there is a shortcut, as things are. */
  readonly hasShortcut: () => boolean;
  readonly handle: CallHandler;
  readonly logger: Logger;
}

/**
 * Turns deliveries into calls and settlements into replies. The reply is sent before the request is acknowledged, on the
 * same channel, so the broker has taken the one when it sees the other: a responder that dies in between leaves the
 * request to another instance. If the channel is gone by then, nothing is sent: the broker delivers the request again.
 */
export class RpcResponder {
  readonly #options: ResponderOptions;
  readonly #methods: ReadonlySet<string>;
  // Cancelling is rare enough to search.
  readonly #running = new SlottedList<ArrivedCall>();
  /** Correlation ids of cancelled calls that do not run here: the request of one may still wait in the queue. */
  readonly #cancelled = new Set<string>();

  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#methods = new Set(options.methods);
  }

  /** Handles one delivery of the request queue. */
  readonly deliver = (channel: AmqpChannel, arrived: Delivery): void => {
    const delivery = this.#answerable(arrived);
    if (this.#cancelled.size > 0 && this.#cancelled.delete(delivery.properties.correlationId ?? ''))
      return channel.ack(delivery.deliveryTag);
    if (delivery.redelivered) return putBack(channel, delivery);
    const call = new ArrivedCall(this.#options.service, channel, delivery);
    this.#running.add(call);
    void this.#options.handle(call).then(
      (settlement) => this.#settle(channel, delivery, call, settlement),
      (error: unknown) => this.#giveUp(channel, delivery, call, error),
    );
  };

  /** Gives one back that comes too late to be handled. */
  readonly handBack = (channel: AmqpChannel, delivery: Delivery): void => putBack(channel, this.#answerable(delivery));

  /** An instance with more rights may have bound the queue to the shortcut: what comes by it is treated as if it had come the long way. */
  #answerable(delivery: Delivery): Delivery {
    if (delivery.exchange !== shortcutExchange || this.#options.hasShortcut()) return delivery;
    return { ...delivery, exchange: this.#options.exchange };
  }

  /** Tells the call of that correlation id that its caller has given up; drops it if it comes only later. */
  cancel(correlationId: string, reason: Error): void {
    const running = this.#running.members.filter((call) => call.correlationId === correlationId);
    for (const call of running) call.canceller?.cancel(reason);
    if (running.length === 0) this.#remember(correlationId);
  }

  #remember(correlationId: string): void {
    this.#cancelled.add(correlationId);
    const [oldest] = this.#cancelled;
    if (oldest !== undefined && this.#cancelled.size > mostCancelled) this.#cancelled.delete(oldest);
  }

  #settle(channel: AmqpChannel, delivery: Delivery, call: ArrivedCall, settlement: CallSettlement): void {
    try {
      if (channel.isOpen) {
        if (settlement.kind === 'reply' || settlement.kind === 'error')
          this.#reply(channel, delivery, call, settlement);
        if (call.isAccepted) return this.#running.remove(call);
        if (settlement.kind !== 'requeue') channel.ack(delivery.deliveryTag);
        else if (settlement.wasStarted) channel.reject(delivery.deliveryTag, true);
        else putBack(channel, delivery, settlement.timeoutMs);
      }
      this.#running.remove(call);
    } catch (error) {
      this.#giveUp(channel, delivery, call, error);
    }
  }

  /** The way that the request came: who sends by the shortcut takes replies there. Who may, but does not know, is told. */
  #reply(
    channel: AmqpChannel,
    delivery: Delivery,
    call: ArrivedCall,
    settlement: Exclude<CallSettlement, { kind: 'requeue' | 'drop' }>,
  ): void {
    const { replyTo, correlationId } = delivery.properties;
    if (replyTo === undefined) return;
    const { body, rich } = this.#encode(settlement, delivery.routingKey);
    const isShort = delivery.exchange === shortcutExchange;
    const isTold = !isShort && call.fromMycel && this.#options.hasShortcut() && this.#methods.has(call.method);
    const headers: Record<string, FieldTable[string]> = {};
    if (rich !== undefined) headers[richHeader] = rich;
    if (isTold) headers[shortcutHeader] = true;
    if (!isShort && call.fromMycel && this.#options.queueType === 'quorum') headers[replicatedHeader] = true;
    const reply: MessageProperties = {
      contentType: settlement.kind === 'error' ? errorType(delivery) : 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: 1,
      priority: 0,
      headers,
      ...(correlationId === undefined ? {} : { correlationId }),
    };
    const exchange = isShort ? shortcutExchange : this.#options.exchange;
    channel.publish(exchange, replyTo, body, reply, { mandatory: isShort });
  }

  /** Whatever was wrong, it would be wrong again: the request is acknowledged, and its caller's deadline does the rest. */
  #giveUp(channel: AmqpChannel, delivery: Delivery, call: ArrivedCall, error: unknown): void {
    this.#running.remove(call);
    this.#options.logger.error(
      { err: error },
      `${delivery.routingKey}: the answer could not be sent: ${messageOf(error)}`,
    );
    if (channel.isOpen && !call.isAccepted) channel.ack(delivery.deliveryTag);
  }

  #encode(settlement: Exclude<CallSettlement, { kind: 'requeue' | 'drop' }>, call: string): EncodedPayload {
    if (settlement.kind === 'error') return encodeError(settlement.error, call);
    try {
      return writeResult(settlement.value, call);
    } catch (error) {
      this.#options.logger.error({ err: error }, `${call} returned what cannot be sent: ${messageOf(error)}`);
      return encodeError(unserialisable(error), call);
    }
  }
}

/** A caller that speaks YAML may accept nothing else. JSON is YAML, so it can read why it was refused. */
function errorType({ properties }: Delivery): string {
  return properties.contentType === 'application/x-yaml' ? 'application/x-yaml' : 'application/json';
}

function encodeError(error: WireError, call: string): EncodedPayload {
  try {
    return encodePayload({ result: null, error: toErrorBody(error) }, call);
  } catch (cause) {
    // The data of a declared error cannot be sent: its text still can.
    const described = { ...unserialisable(cause), value: `${error.value} (${messageOf(cause)})` };
    return encodePayload({ result: null, error: toErrorBody(described) }, call);
  }
}

/** As Nameko answers for a result that cannot be sent: `nameko.exceptions.UnserializableValueError`, without arguments. */
function unserialisable(error: unknown): WireError {
  return {
    type: 'UnserializableValueError',
    path: 'nameko.exceptions.UnserializableValueError',
    args: [],
    value: messageOf(error),
    ...(error instanceof UnserialisableError ? { mycel: { code: error.code, data: { path: error.path } } } : {}),
  };
}
