import type { Counters } from '../foundation/counters.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { UnencodableError, type AmqpChannel, type Delivery, type ReturnedMessage } from '../protocol/client/index.ts';
import type { OutboundCall, PendingCall } from '../transport/rpc-transport.ts';
import { ServiceUnavailableError, TransportClosedError, UnknownServiceError } from '../transport/transport-errors.ts';
import type { ExchangeWatch } from './exchange-watch.ts';
import { KeptChannel } from './kept-channel.ts';
import { LivingServices } from './living-services.ts';
import { replicatedHeader, shortcutHeader } from './message-headers.ts';
import type { OptionalExchanges } from './optional-exchanges.ts';
import { publishFailure } from './publish-failure.ts';
import { readReply } from './reply-body.ts';
import { ReplicatedQueues } from './replicated-queues.ts';
import { ReplyQueue } from './reply-queue.ts';
import { encodeArguments, requestProperties } from './request-message.ts';
import { Call, type CallOwner, refusedCall } from './rpc-call.ts';
import { Shortcuts } from './shortcuts.ts';
import { SlowCalls } from './slow-calls.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { controlExchange, shortcutExchange } from './topology.ts';
import { UnreachableQueues } from './unreachable-queues.ts';

/** How long after it came back unrouted a request is sent again, where its queue may only not be bound again yet. */
const sendAgainMs = 200;

/** How often a request is sent again whose queue is there and did not get it. */
const mostReturns = 10;

/** How a {@link RpcCaller} works. */
export interface CallerOptions {
  readonly exchange: string;
  /** Names the reply queue for people. */
  readonly owner: string;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly extras: OptionalExchanges;
  /** @default nobody looks for deleted exchanges */
  readonly watch?: ExchangeWatch;
}

/**
 * Sends calls and pairs their replies. All calls of a process share one channel and one exclusive reply queue, bound to
 * the rpc exchange, and to the shortcut, by the id that requests carry as `reply_to`. A call goes by the rpc exchange until its callee
 * has said that there is a shortcut. While there is no channel, or the broker reads nothing because of an alarm, calls wait for
 * as long as their deadline lets them.
 */
export class RpcCaller {
  readonly #options: CallerOptions;
  readonly #channel: KeptChannel;
  readonly #replies: ReplyQueue;
  /** By correlation id, in the order of the calls. */
  readonly #pending = new Map<string, Call>();
  readonly #services = new LivingServices();
  readonly #shortcuts = new Shortcuts();
  readonly #replicated: ReplicatedQueues;
  readonly #slow: SlowCalls;
  readonly #unreachable: UnreachableQueues;
  readonly #owner: CallOwner = {
    becameSlow: (call) => {
      if (call.wasSent) this.#slow.ask(call);
    },
    gaveUp: (call) => this.#giveUp(call),
  };

  readonly #bindAgain = async (): Promise<void> => {
    const channel = this.#channel.writable;
    if (!channel) return;
    try {
      await this.#replies.bind(channel);
      this.#shortcuts.reconsider();
    } catch {
      // A refusal closes the channel, and preparing the next tells why.
    }
  };

  constructor(connection: SupervisedConnection, options: CallerOptions) {
    this.#options = options;
    this.#replies = new ReplyQueue({ ...options, bindAgain: this.#bindAgain });
    this.#channel = new KeptChannel(connection, {
      name: 'rpc calls',
      logger: options.logger,
      prepare: (channel) => this.#prepare(channel),
      onWritable: (channel) => this.#sendWaiting(channel),
      onLost: (error) => this.#failSent(error),
      onExchangeMissing: options.watch && ((exchange) => void options.watch?.foundMissing(exchange)),
      onEnded: (error) => {
        options.watch?.letGo(this.#bindAgain);
        this.#failAll(error);
      },
    });
    this.#replicated = new ReplicatedQueues({
      connection,
      logger: options.logger,
      onReleased: () => this.#channel.writable && this.#sendWaiting(this.#channel.writable),
    });
    this.#slow = new SlowCalls(connection, () => this.#channel.writable);
    this.#unreachable = new UnreachableQueues(connection);
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
    const call = new Call(request, this.#owner);
    if (call.isOver) return call;
    this.#pending.set(call.correlationId, call);
    if (writable && !this.#replicated.holds(request.service)) this.#send(writable, call);
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
    channel.onReturn = (message) => this.#returned(message);
    await this.#replies.attach(channel, this.#deliver);
    this.#shortcuts.forget();
    this.#replicated.look();
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
    for (const call of this.#pending.values())
      if (!call.wasSent && !this.#replicated.holds(call.request.service)) this.#send(channel, call);
  }

  #send(channel: AmqpChannel, call: Call): void {
    const path = `${call.request.service}.${call.request.method}`;
    try {
      const { body, rich } = call.payload ?? encodeArguments(call.request);
      const properties = requestProperties(call, this.#replies.id, rich);
      call.wasSent = true;
      call.sendings++;
      call.cameBack = false;
      const exchange = this.#isShort(path) ? shortcutExchange : this.#options.exchange;
      channel.publish(exchange, path, body, properties, { mandatory: true });
      if (call.request.awaitsBroker) void this.#awaitBroker(channel, call);
      if (call.isSlow) this.#slow.ask(call);
    } catch (error) {
      this.#fail(call, error instanceof UnencodableError ? publishFailure(error, path) : error);
    }
  }

  /** While replies may find nobody bound to the shortcut, calls take the long way. */
  #isShort(path: string): boolean {
    const isOpen = this.#replies.hasShortcut && this.#shortcuts.isOpen(path);
    return isOpen && !this.#options.watch?.isDoubtful(shortcutExchange);
  }

  /**
   * Resolves `sent` once the broker has routed the request. It handles a channel's frames in order: the answer to a
   * question asked behind the request comes after the request was routed, and after its return if it could not be.
   * (Why requests have no confirms: docs/decisions/0006.)
   */
  async #awaitBroker(channel: AmqpChannel, call: Call): Promise<void> {
    const { sendings } = call;
    try {
      await channel.qos(0);
      if (call.wasSent && call.sendings === sendings) call.confirm(); // else it came back, and is sent again
    } catch (error) {
      this.#fail(call, publishFailure(error, `${call.request.service}.${call.request.method}`));
    }
  }

  /** No queue took the request. */
  #returned({ exchange, routingKey, properties }: ReturnedMessage): void {
    const call = this.#pending.get(properties.correlationId ?? '');
    if (exchange === shortcutExchange) {
      this.#shortcuts.close(routingKey);
      if (call) this.#sendAgain(call);
      return;
    }
    if (!call) return;
    call.cameBack = true;
    const { service } = call.request;
    const isDoubtful = this.#options.watch?.isDoubtful(this.#options.exchange);
    if (isDoubtful || this.#services.mayLive(service)) this.#sendLater(call);
    else void this.#unrouted(call);
  }

  /** Never rejects. */
  async #unrouted(call: Call): Promise<void> {
    const { service } = call.request;
    const fate = await this.#unreachable.fateOf(service);
    if (call.isOver) return;
    // Its node is back, or somebody is just declaring it: the next one may find it bound.
    if (fate === 'there' && call.returnsFromQueue++ < mostReturns) return this.#sendLater(call);
    const isDown = typeof fate === 'object';
    this.#fail(call, isDown ? new ServiceUnavailableError(service, fate.reason) : new UnknownServiceError(service));
  }

  #sendLater(call: Call): void {
    call.wasSent = false;
    setTimeout(() => {
      if (!call.isOver && !call.wasSent) this.#sendAgain(call);
    }, sendAgainMs);
  }

  /** Now, or when the broker reads again. */
  #sendAgain(call: Call): void {
    call.wasSent = false;
    const channel = this.#channel.writable;
    if (channel) this.#send(channel, call);
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
    this.#services.noteAnswer(call.request.service);
    const path = `${call.request.service}.${call.request.method}`;
    if (properties.headers?.[shortcutHeader] === true) this.#shortcuts.open(path);
    if (properties.headers?.[replicatedHeader] === true) this.#replicated.note(call.request.service);
    try {
      call.settle(readReply(properties, body, path));
    } catch (error) {
      call.fail(error);
    }
  };

  /** The caller no longer waits: forget the call, and tell the callee if it does not know by its own clock. */
  #giveUp(call: Call): void {
    this.#pending.delete(call.correlationId);
    const { service, method } = call.request;
    if (!call.wasCancelled) this.#options.counters.count('calls_timed_out', `${service}.${method}`);
    const channel = this.#channel.writable;
    if (call.wasCancelled && call.wasSent && channel && this.#replies.hasControl) {
      channel.publish(controlExchange, service, '', { correlationId: call.correlationId, type: 'cancel' });
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
