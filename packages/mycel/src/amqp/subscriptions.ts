import type { Subscription } from '../transport/subscription.ts';
import { Consumption, type ConsumptionPlan } from './consumption.ts';
import { EventSubscription } from './event-subscription.ts';
import type { ExchangeWatch } from './exchange-watch.ts';
import type { SlowDeliveries } from './slow-deliveries.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** Who looks after what is consumed. */
export interface SubscriptionsParts {
  /** Has queues bound again whose exchange was deleted. */
  readonly watch: ExchangeWatch;
  /** Warns of deliveries that take too long. */
  readonly slow: SlowDeliveries;
}

/**
 * What a transport has attached to the broker.
 *
 * States: *open* -> *stopped* (no further message is taken, those in hand can still be settled) -> *closed*.
 */
export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #open = new Set<Subscription>();
  #stopped: readonly Subscription[] = [];

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  /** Consumes as the plan says. Resolves once the broker delivers; rejects if it refuses. */
  async consume(connection: SupervisedConnection, plan: ConsumptionPlan): Promise<Subscription> {
    const { watch, slow } = this.#parts;
    const bindAgain = (): Promise<void> => consumption.bindAgain();
    const consumption: Consumption = new Consumption(connection, {
      ...plan,
      slow,
      onExchangeMissing: (exchange) => void watch.foundMissing(exchange),
      onClosed: () => {
        watch.letGo(bindAgain);
        this.remove(consumption);
      },
    });
    this.add(consumption);
    await consumption.ready();
    for (const exchange of plan.exchanges ?? []) watch.hangOn(exchange, bindAgain);
    return consumption;
  }

  /** Has a subscription stopped and closed together with the others. */
  add(subscription: Subscription): void {
    this.#open.add(subscription);
  }

  /** Forgets a subscription, as it was closed by itself. */
  remove(subscription: Subscription): void {
    this.#open.delete(subscription);
  }

  /** Stops those that are open, all at once. */
  async stop(): Promise<void> {
    this.#stopped = [...this.#open];
    await Promise.all(this.#stopped.map((subscription) => subscription.stop()));
  }

  /** Waits until the events that the handlers of those stopped have failed on are safe elsewhere; not for long. */
  async settled(): Promise<void> {
    const ofHandlers = this.#stopped.filter((one) => one instanceof EventSubscription);
    await Promise.all(ofHandlers.map((one) => one.settled()));
  }

  /** Lets go of those stopped. What this sends is written before it returns. */
  close(): void {
    for (const subscription of this.#stopped) void subscription.close();
  }
}
