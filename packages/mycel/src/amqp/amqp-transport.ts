import { combinedHealth, type HealthReport } from '../foundation/health-report.ts';
import type { Discovery, DiscoveryQuestion, DiscoveryTransport } from '../transport/discovery-transport.ts';
import type {
  EventSubscriber,
  EventTransport,
  InboundEvent,
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
import { Consumption, type ConsumptionPlan } from './consumption.ts';
import { DiscoveryAnnouncer } from './discovery-announcer.ts';
import { DiscoveryCaller } from './discovery-caller.ts';
import { EventConsumer } from './event-consumer.ts';
import { EventPublisher } from './event-publisher.ts';
import { refusedCall } from './rpc-call.ts';
import { RpcCaller } from './rpc-caller.ts';
import { serviceCalls } from './service-calls.ts';
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
  };
  readonly #options: ResolvedAmqpOptions;
  readonly #main: SupervisedConnection;
  readonly #consuming: SupervisedConnection;
  readonly #subscriptions = new Set<Subscription>();
  #caller: RpcCaller | undefined;
  #publisher: EventPublisher | undefined;
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
    this.#main = new SupervisedConnection(this.#options);
    this.#consuming = new SupervisedConnection({ ...this.#options, connectionName: `${connectionName} (events)` });
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
      ...(this.#caller ? { 'rpc replies': this.#caller.health() } : {}),
      ...(this.#publisher ? { 'event publishing': this.#publisher.health() } : {}),
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
    const { rpcExchange, logger } = this.#options;
    return this.#consume(
      this.#main,
      serviceCalls({ exchange: rpcExchange, service, prefetch: options.prefetch, handle, logger }),
    );
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
    const consumer = new EventConsumer(subscriber, this.#options.topology, handle);
    return this.#consume(this.#consuming, {
      name: `${subscriber.service}.${subscriber.method} on ${subscriber.source}.${subscriber.type}`,
      prefetch: subscriber.prefetch,
      logger: this.#options.logger,
      declare: (channel) => consumer.declare(channel),
      deliver: consumer.deliver,
    });
  }

  async announce(describe: () => readonly object[]): Promise<Subscription> {
    const announcer: DiscoveryAnnouncer = new DiscoveryAnnouncer(this.#main, {
      describe,
      logger: this.#options.logger,
      onClosed: () => this.#subscriptions.delete(announcer),
    });
    this.#subscriptions.add(announcer);
    await announcer.ready();
    return announcer;
  }

  async discover(question?: DiscoveryQuestion): Promise<Discovery> {
    this.#assertOpen();
    return new DiscoveryCaller(this.#main, this.#options.source).discover(question);
  }

  async #consume(connection: SupervisedConnection, plan: ConsumptionPlan): Promise<Subscription> {
    const consumption: Subscription & { ready(): Promise<void> } = new Consumption(connection, {
      ...plan,
      onClosed: () => this.#subscriptions.delete(consumption),
    });
    this.#subscriptions.add(consumption);
    await consumption.ready();
    return consumption;
  }

  #calls(): RpcCaller {
    this.#assertOpen();
    const { rpcExchange, connectionName, logger } = this.#options;
    this.#caller ??= new RpcCaller(this.#main, { exchange: rpcExchange, owner: connectionName, logger });
    return this.#caller;
  }

  #events(): EventPublisher {
    this.#assertOpen();
    this.#publisher ??= new EventPublisher(this.#main, this.#options);
    return this.#publisher;
  }

  #assertOpen(): void {
    if (this.#closing) throw closedError();
  }

  /** Each step has its limit, so that a broker that does not answer holds nobody up for long. */
  async #close(): Promise<void> {
    const subscriptions = [...this.#subscriptions];
    await Promise.all(subscriptions.map((subscription) => subscription.stop()));
    // Events on their way are confirmed, calls on their way are given up, then the connections go.
    await this.#publisher?.close(flushMs);
    this.#caller?.close();
    for (const subscription of subscriptions) void subscription.close(); // ends before its connection does
    await Promise.all([this.#main.close(), this.#consuming.close()]);
    await this.#options.source.close?.();
  }
}

function closedError(): TransportClosedError {
  return new TransportClosedError('the transport was closed; open a new one, or send before stopping');
}
