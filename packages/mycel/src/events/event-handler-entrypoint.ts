import { Entrypoint } from '../core/entrypoint.ts';
import type { WorkerContext } from '../core/worker-context.ts';
import type { WorkerOutcome } from '../core/worker-request.ts';
import { DependencyHookError, WorkerKilledError } from '../core/worker-errors.ts';
import { isThenable } from '../foundation/awaitable.ts';
import { systemClock } from '../foundation/clock.ts';
import { messageOf, stackless } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { validate, type Validation } from '../foundation/schema.ts';
import type { InboundEvent, Settlement } from '../transport/event-transport.ts';
import { KeptSubscription } from '../transport/kept-subscription.ts';
import type { Subscription } from '../transport/subscription.ts';
import { transportKey } from '../transport/transport.ts';
import { Admission } from './admission.ts';
import { ArrivalOrder } from './arrival-order.ts';
import { InvalidPayloadError } from './event-errors.ts';
import { describeHandler, type HandledEvent } from './event-handler-description.ts';
import {
  type EventHandlerOptions,
  placesOf,
  prefetchOf,
  resolveEventHandlerOptions,
  type ResolvedEventHandlerOptions,
} from './event-handler-options.ts';
import { handlerParts, type HandlerParts, type HandlerSurroundings } from './event-handler-parts.ts';
import { EventRun, type EventRunOwner } from './event-run.ts';
import { eventsSection } from './events-section.ts';
import { orderKeyOf } from './order-key.ts';
import { Trials } from './trials.ts';

/**
 * Fires a method for each event of a type. Each handler has its own subscription.
 *
 * An event is settled when its worker has ended. What becomes of one on which the handler fails, or that cannot be handled at
 * all, is the {@link FailurePolicy}'s to say; when it is handled, the {@link Admission}'s.
 */
export class EventHandlerEntrypoint extends Entrypoint implements EventRunOwner {
  override readonly kind = 'event';
  override readonly logsErrors = true;
  override readonly configSections = [eventsSection];
  readonly #event: HandledEvent;
  readonly #givenOptions: EventHandlerOptions<never>;
  readonly #surroundings: HandlerSurroundings;
  readonly #arrivals = new ArrivalOrder();
  readonly #trials: Trials;
  #options: ResolvedEventHandlerOptions | undefined;
  #admission: Admission | undefined;
  #parts: HandlerParts | undefined;
  #events: KeptSubscription | undefined;
  #unreadable = 0;

  constructor(
    event: HandledEvent,
    options: EventHandlerOptions<never> = {},
    surroundings: HandlerSurroundings = { clock: systemClock, random: Math.random },
  ) {
    super();
    this.#event = event;
    this.#givenOptions = options;
    this.#surroundings = surroundings;
    this.#trials = new Trials({
      condemns: (trials) => this.#ready.poison.condemnsTried(trials),
      start: (run) => {
        this.#ready.policy.suspected(run.event);
        this.host.spawnWorker(run);
      },
      condemn: (run, trials) => this.#end(run, this.#ready.policy.poison(run.event, trials)),
      giveBack: (run) => this.#giveBack(run),
      notNoted: (run, error) => this.#ready.policy.notNoted(run.event, error),
    });
  }

  /** How many events were given up because they could not be read, or did not fit the schema. */
  get unreadable(): number {
    return this.#unreadable;
  }

  get returnsEvents(): boolean {
    const { mode, reliable } = this.#resolved;
    // The queue of an unreliable broadcast goes with this instance: handing an event back would lose it.
    return mode !== 'broadcast' || reliable;
  }

  protected override onBind(): void {
    this.#options = resolveEventHandlerOptions(this.#givenOptions, `${this.#path}, @eventHandler`);
    this.#events = this.host.adopt(new KeptSubscription(() => this.#subscribe()));
    this.#admission = new Admission({
      isOrdered: this.#options.orderBy !== undefined,
      concurrency: placesOf(this.#options, this.host.maxWorkers),
      clock: this.#surroundings.clock,
      start: (run) => this.#start(run),
    });
  }

  override async setup(): Promise<void> {
    const transport = await this.host.resource(transportKey);
    this.#parts = handlerParts(this, transport, this.#resolved, this.#surroundings);
  }

  override async stop(): Promise<void> {
    if (this.returnsEvents) this.#admission?.close(() => this.#lanesAreIdle());
    this.#trials.close();
    await this.#events?.stopTaking();
  }

  override health(): HealthReport | undefined {
    return this.#events?.health();
  }

  override isExpected(error: unknown): boolean {
    return this.#resolved.expected.some((errorClass) => error instanceof errorClass);
  }

  override describe(): Record<string, unknown> {
    return describeHandler(this.#event, this.#resolved);
  }

  /** Handles one event. Never rejects. */
  readonly handle = (event: InboundEvent): Promise<Settlement> => {
    const { policy, poison, transport } = this.#ready;
    if (event.redelivered) transport.counters?.count('events_redelivered', this.#path);
    try {
      if (event.malformed !== undefined) throw stackless(new Error(event.malformed));
      const isWatched = event.trial === undefined && policy.watchesReturns;
      if (event.returns && isWatched && poison.condemns(event.returns)) return Promise.resolve(this.#condemn(event));
      const { schema } = this.#event;
      if (!schema) return this.#run(event, event.payload);
      const checked = validate(schema, event.payload);
      if (isThenable(checked) || this.#arrivals.isWaiting) return this.#runLater(event, checked);
      return this.#runChecked(event, checked);
    } catch (error) {
      return Promise.resolve(this.#giveUp(event, error));
    }
  };

  ran(run: EventRun, outcome: WorkerOutcome, context: WorkerContext): void {
    const settlement = outcome.ok ? 'ack' : this.#ready.policy.failed(run, outcome.error, context);
    if (!this.#resolved.orderBy || settlement === 'ack') return this.#end(run, settlement);
    if (settlement === 'requeue') return this.#giveBack(run);
    if (settlement.kind === 'dead-letter') return this.#end(run, settlement);
    // Behind it are others of its key: it keeps its place.
    this.#trials.hold(run);
    if (settlement.counts !== false) run.failures += 1;
    run.firstFailedAt ??= this.#surroundings.clock.now();
    this.#admission?.hold(run, settlement.delayMs);
  }

  didNotRun(run: EventRun, error: unknown): void {
    if (!this.#resolved.orderBy || !this.returnsEvents) return this.#end(run, 'requeue');
    if (endsProcess(error)) this.#admission?.ended(run);
    else this.#giveBack(run);
  }

  /** An ordered one goes back together with those behind it, when the subscription is closed. */
  #giveBack(run: EventRun): void {
    run.event.trial?.end();
    this.#admission?.ended(run);
  }

  #end(run: EventRun, settlement: Settlement): void {
    run.settle(settlement);
    this.#admission?.ended(run);
  }

  #runLater(event: InboundEvent, check: Validation<unknown> | PromiseLike<Validation<unknown>>): Promise<Settlement> {
    const run = (checked: Validation<unknown>): Promise<Settlement> => this.#runChecked(event, checked);
    const settlement = this.#resolved.orderBy ? this.#arrivals.enter(check, run) : Promise.resolve(check).then(run);
    return settlement.catch((error: unknown) => this.#giveUp(event, error));
  }

  #runChecked(event: InboundEvent, checked: Validation<unknown>): Promise<Settlement> {
    if (!checked.valid) throw stackless(new InvalidPayloadError(event.source, event.type, checked.problems));
    return this.#run(event, checked.value);
  }

  #run(event: InboundEvent, payload: unknown): Promise<Settlement> {
    const { orderBy } = this.#resolved;
    const isSuspect = event.returns ? this.#suspects(event.returns) : false;
    const run = new EventRun(this, event, payload, { isSuspect, key: orderBy && orderKeyOf(orderBy, payload) });
    this.#admission?.admit(run);
    return run.settlement;
  }

  #start(run: EventRun): void {
    if (run.isSuspect) this.#trials.begin(run);
    else this.host.spawnWorker(run);
  }

  #suspects(returns: number): boolean {
    const { policy, poison } = this.#ready;
    return policy.watchesReturns && poison.suspects(returns);
  }

  #condemn(event: InboundEvent): Settlement {
    if (event.settled) this.#admission?.buryFirst(event.settled);
    return this.#ready.policy.poison(event);
  }

  #giveUp(event: InboundEvent, error: unknown): Settlement {
    this.#unreadable += 1;
    return this.#ready.policy.invalid(event, error);
  }

  /** What waits in lanes goes back now, for the next instance in line, which may not begin before. */
  #lanesAreIdle(): void {
    const close = (): void => {
      this.#events?.stop().catch((error: unknown) => {
        this.host.logger.warn({ err: error }, `${this.#path}: could not let go of its queue: ${messageOf(error)}`);
      });
    };
    // The transport has yet to hear what becomes of the last event.
    setImmediate(close);
  }

  async #subscribe(): Promise<Subscription> {
    const { mode, reliable, broadcastId, orderBy } = this.#resolved;
    const { source, type } = this.#event;
    return this.#ready.transport.events.subscribe(
      {
        source,
        type,
        service: this.host.serviceName,
        method: this.method,
        mode,
        reliable,
        broadcastId,
        prefetch: prefetchOf(this.#resolved, this.host.maxWorkers),
        oneAtATime: orderBy !== undefined && this.returnsEvents,
        ignoresReturns: this.#resolved.onError === 'requeue',
      },
      this.handle,
    );
  }

  get #path(): string {
    return `${this.host.serviceName}.${this.method}`;
  }

  /** What `setup` has made: nothing begins before. */
  get #ready(): HandlerParts {
    return this.#parts as HandlerParts;
  }

  get #resolved(): ResolvedEventHandlerOptions {
    this.#options ??= resolveEventHandlerOptions(this.#givenOptions, this.#path);
    return this.#options;
  }
}

/** Whether a worker had no end because the service cannot go on, for which its event may be the reason. */
function endsProcess(error: unknown): boolean {
  return error instanceof DependencyHookError || (error instanceof WorkerKilledError && error.cause !== undefined);
}
