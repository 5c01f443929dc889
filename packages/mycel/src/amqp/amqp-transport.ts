import { Counters } from '../foundation/counters.ts';
import { combinedHealth, type HealthReport } from '../foundation/health-report.ts';
import type { DeadLetterTransport } from '../transport/dead-letter-transport.ts';
import type { Discovery, DiscoveryQuestion, DiscoveryTransport } from '../transport/discovery-transport.ts';
import type {
  EventSubscriber,
  EventTransport,
  InboundEvent,
  OnError,
  OutboundEvent,
  PublishResult,
  Settlement,
} from '../transport/event-transport.ts';
import type {
  CallSettlement,
  InboundCall,
  OutboundCall,
  PendingCall,
  RpcTransport,
  ServeOptions,
} from '../transport/rpc-transport.ts';
import type { Subscription } from '../transport/subscription.ts';
import { TransportClosedError } from '../transport/transport-errors.ts';
import type { Transport, TransportCapabilities } from '../transport/transport.ts';
import { resolveAmqpOptions, type AmqpOptions, type ResolvedAmqpOptions } from './amqp-options.ts';
import type { ConnectionSource } from './connection-source.ts';
import { ConfirmedCopies } from './confirmed-copies.ts';
import { DeadLetterStore } from './dead-letter-store.ts';
import { DiscoveryAnnouncer } from './discovery-announcer.ts';
import { DiscoveryCaller } from './discovery-caller.ts';
import { EventConsumer } from './event-consumer.ts';
import { EventPublisher } from './event-publisher.ts';
import { EventSubscription } from './event-subscription.ts';
import { ExchangeWatch } from './exchange-watch.ts';
import { OptionalExchanges } from './optional-exchanges.ts';
import { refusedCall } from './rpc-call.ts';
import { RpcCaller } from './rpc-caller.ts';
import { serviceCalls } from './service-calls.ts';
import { SlowDeliveries } from './slow-deliveries.ts';
import { Subscriptions } from './subscriptions.ts';
import { SupervisedConnection } from './supervised-connection.ts';

/** How long a transport that closes waits for the confirms of its events. */
const flushMs = 4000;

/**
 * RPC and events over RabbitMQ, on Nameko's topology and wire format.
 *
 * Two connections: one publishes (calls, replies, events), the other only consumes events. When the broker blocks its
 * publishers (memory or disk alarm), events can still be handled and acknowledged, which is what ends the alarm.
 * The second is opened when the first event handler subscribes.
 */
export class AmqpTransport implements Transport, RpcTransport, EventTransport, DiscoveryTransport {
  readonly name: string = 'amqp';
  readonly capabilities: TransportCapabilities = {
    unknownServiceAtOnce: true,
    durable: true,
    keywordArguments: true,
    cancellation: true,
    retries: true,
  };
  readonly counters = new Counters();
  onFailed: ((error: Error) => void) | undefined;
  readonly #options: ResolvedAmqpOptions;
  readonly #main: SupervisedConnection;
  readonly #consuming: SupervisedConnection;
  readonly #watch: ExchangeWatch;
  readonly #extras: OptionalExchanges;
  readonly #slow: SlowDeliveries;
  readonly #subscriptions: Subscriptions;
  #caller: RpcCaller | undefined;
  #publisher: EventPublisher | undefined;
  #copies: ConfirmedCopies | undefined;
  #hasConsumers = false;
  #closing: Promise<void> | undefined;

  /** Connects where `options.uri` says. */
  constructor(options?: AmqpOptions);
  /**
   * Takes its connections from another `source`: for those who bring a broker along.
   * @internal
   */
  constructor(options: AmqpOptions, source: ConnectionSource);
  constructor(options: AmqpOptions = {}, source?: ConnectionSource) {
    const resolved = resolveAmqpOptions(options);
    this.#options = source ? { ...resolved, source } : resolved;
    const { connectionName } = this.#options;
    const { counters } = this;
    const settings = { ...this.#options, counters, onGivenUp: (error: Error) => this.onFailed?.(error) };
    this.#main = new SupervisedConnection(settings);
    this.#consuming = new SupervisedConnection({ ...settings, connectionName: `${connectionName} (events)` });
    this.#watch = new ExchangeWatch(this.#main, this.#options);
    this.#extras = new OptionalExchanges(this.#main, this.#options.logger);
    this.#slow = new SlowDeliveries(this.#options);
    this.#subscriptions = new Subscriptions({ watch: this.#watch, slow: this.#slow });
  }

  get rpc(): RpcTransport {
    return this;
  }

  get events(): EventTransport {
    return this;
  }

  get discovery(): DiscoveryTransport {
    return this;
  }

  get deadLetters(): DeadLetterTransport {
    this.#assertOpen();
    return new DeadLetterStore(this.#consuming, this.#main);
  }

  /** Nameko acknowledges what its handlers fail on. */
  get onError(): OnError {
    return this.#options.topology === 'nameko' ? 'drop' : 'retry';
  }

  /** Nameko tells its callers everything, and a broker of this machine only the user's own programs. */
  get exposesErrors(): boolean {
    return this.#options.topology === 'nameko' || this.#options.source.isLocal === true;
  }

  /** Where the broker is, without passwords. */
  get target(): string {
    return this.#options.source.target;
  }

  open(): Promise<void> {
    return this.#main.open();
  }

  health(): HealthReport {
    return combinedHealth({
      connection: this.#main.health(),
      ...(this.#hasConsumers ? { 'connection of event handlers': this.#consuming.health() } : {}),
      ...(this.#watch.health().ready ? {} : { exchanges: this.#watch.health() }),
      ...(this.#caller ? { 'rpc replies': this.#caller.health() } : {}),
      ...(this.#publisher ? { 'event publishing': this.#publisher.health() } : {}),
      ...(this.#copies ? { 'copies of failed events': this.#copies.health() } : {}),
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async serve(
    service: string,
    options: ServeOptions,
    handle: (call: InboundCall) => Promise<CallSettlement>,
  ): Promise<Subscription> {
    this.#assertOpen();
    await this.#main.open();
    const { rpcExchange: exchange, rpcQueueType: queueType, logger } = this.#options;
    const { prefetch, methods = [] } = options;
    const plan = serviceCalls({
      exchange,
      service,
      queueType,
      prefetch,
      methods,
      handle,
      extras: this.#extras,
      logger,
    });
    return this.#subscriptions.consume(this.#main, plan);
  }

  async prepareCalls(): Promise<void> {
    await this.#calls().ready();
  }

  call(call: OutboundCall): PendingCall {
    return this.#closing ? refusedCall(closedError()) : this.#calls().call(call);
  }

  async prepare(source: string): Promise<void> {
    await this.#events().declare(source);
  }

  async publish(event: OutboundEvent): Promise<PublishResult> {
    return this.#events().publish(event);
  }

  async subscribe(
    subscriber: EventSubscriber,
    handle: (event: InboundEvent) => Promise<Settlement>,
  ): Promise<Subscription> {
    this.#assertOpen();
    this.#hasConsumers = true;
    await this.#consuming.open();
    const { topology, logger } = this.#options;
    const copies = (): ConfirmedCopies => (this.#copies ??= new ConfirmedCopies(this.#main, logger));
    const consumer = new EventConsumer({ subscriber, topology, handle, copies, connection: this.#consuming, logger });
    const consumption = await this.#subscriptions.consume(this.#consuming, consumer.consumption());
    const onClosed = (): void => this.#subscriptions.remove(subscription);
    const subscription: EventSubscription = new EventSubscription({ consumption, consumer, flushMs, onClosed });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async announce(describe: () => readonly object[]): Promise<Subscription> {
    const announcer: DiscoveryAnnouncer = new DiscoveryAnnouncer(this.#main, {
      describe,
      logger: this.#options.logger,
      watch: this.#watch,
      onClosed: () => this.#subscriptions.remove(announcer),
    });
    this.#subscriptions.add(announcer);
    await announcer.ready();
    return announcer;
  }

  async discover(question?: DiscoveryQuestion): Promise<Discovery> {
    this.#assertOpen();
    return new DiscoveryCaller(this.#main, this.#options.source).discover(question);
  }

  #calls(): RpcCaller {
    this.#assertOpen();
    const { rpcExchange, connectionName, logger } = this.#options;
    this.#caller ??= new RpcCaller(this.#main, {
      exchange: rpcExchange,
      owner: connectionName,
      logger,
      counters: this.counters,
      extras: this.#extras,
      watch: this.#watch,
    });
    return this.#caller;
  }

  #events(): EventPublisher {
    this.#assertOpen();
    this.#publisher ??= new EventPublisher(this.#main, { ...this.#options, watch: this.#watch });
    return this.#publisher;
  }

  #assertOpen(): void {
    if (this.#closing) throw closedError();
  }

  /** Each step has its limit, so that a broker that does not answer holds nobody up for long. */
  async #close(): Promise<void> {
    await this.#subscriptions.stop();
    // Events on their way are confirmed, calls on their way are given up, then the connections go.
    await Promise.all([this.#publisher?.close(flushMs), this.#copies?.close(flushMs), this.#subscriptions.settled()]);
    this.#caller?.close();
    this.#subscriptions.close(); // ends before its connection does
    this.#watch.close();
    this.#slow.close();
    await Promise.all([this.#main.close(), this.#consuming.close()]);
    await this.#options.source.close?.();
  }
}

function closedError(): TransportClosedError {
  return new TransportClosedError('the transport was closed; open a new one, or send before stopping');
}
