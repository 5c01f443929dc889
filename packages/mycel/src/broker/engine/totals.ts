import type { BrokerTotals } from './broker-status.ts';

/** Counts what has happened since the broker began. */
export class Totals implements BrokerTotals {
  published = 0;
  unroutable = 0;
  delivered = 0;
  acknowledged = 0;
  requeued = 0;
  deadLettered = 0;

  now(): BrokerTotals {
    const { published, unroutable, delivered, acknowledged, requeued, deadLettered } = this;
    return { published, unroutable, delivered, acknowledged, requeued, deadLettered };
  }
}
