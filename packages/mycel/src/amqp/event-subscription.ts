import type { HealthReport } from '../foundation/health-report.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { Subscription } from '../transport/subscription.ts';
import type { EventConsumer } from './event-consumer.ts';

/** What an {@link EventSubscription} is made of. */
export interface EventSubscriptionParts {
  readonly consumption: Subscription;
  readonly consumer: EventConsumer;
  /** How long copies of failed events may take before their deliveries go back to the broker. */
  readonly flushMs: number;
  readonly onClosed: () => void;
}

/** The subscription of an event handler: it lets go once the events that its handler failed on are safe elsewhere. */
export class EventSubscription implements Subscription {
  readonly #parts: EventSubscriptionParts;

  constructor(parts: EventSubscriptionParts) {
    this.#parts = parts;
  }

  health(): HealthReport {
    return this.#parts.consumption.health?.() ?? { ready: true, state: 'consuming' };
  }

  async stop(): Promise<void> {
    const { consumption, consumer } = this.#parts;
    await consumption.stop();
    consumer.stop();
  }

  async close(): Promise<void> {
    const { consumption, consumer, onClosed } = this.#parts;
    consumer.stop();
    onClosed();
    // Else events would be begun while the copies of others are waited for. What handlers have just ended with is told meanwhile.
    await consumption.stop();
    await this.settled();
    await Promise.all([consumption.close(), consumer.close()]);
  }

  /** Waits until the events that the handler failed on are safe elsewhere, and acknowledged; not for long. */
  async settled(): Promise<void> {
    const { consumer, flushMs } = this.#parts;
    const settled = consumer.settled();
    if (settled) await endsWithin(settled, flushMs);
  }
}
