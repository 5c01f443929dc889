import { createHash } from 'node:crypto';
import type { QueuePlan } from './topology.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The times that a retry can wait for, each in a queue of its own: messages of one queue leave it in the order they came. */
const steps: readonly (readonly [name: string, ms: number])[] = [
  ['100ms', 100],
  ['250ms', 250],
  ['500ms', 500],
  ['1s', second],
  ['2s', 2 * second],
  ['5s', 5 * second],
  ['10s', 10 * second],
  ['15s', 15 * second],
  ['30s', 30 * second],
  ['1m', minute],
  ['2m', 2 * minute],
  ['5m', 5 * minute],
  ['10m', 10 * minute],
  ['15m', 15 * minute],
  ['30m', 30 * minute],
  ['1h', hour],
  ['2h', 2 * hour],
  ['4h', 4 * hour],
  ['8h', 8 * hour],
  ['12h', 12 * hour],
  ['1d', day],
  ['2d', 2 * day],
  ['7d', 7 * day],
];

/** No retry waits longer. */
export const longestRetryMs = 7 * day;

/** The protocol has no longer names. */
const mostNameBytes = 255;

/**
 * The queue in which the retries of a handler wait, `delayMs` or somewhat more: the smallest step that is not less. From there they
 * go to the handler's queue, and stay if that is gone. That is why each handler has its own: those of others need not wait behind.
 */
export function retryQueue(queue: string, delayMs: number): QueuePlan {
  const [name, ms] = steps.find((step) => step[1] >= delayMs) ?? ['7d', longestRetryMs];
  return {
    queue: nameBeside(queue, `retry-${name}`),
    options: {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-message-ttl': ms,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': queue,
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      },
    },
  };
}

/** Names a queue that goes with another one. */
export function nameBeside(queue: string, purpose: string): string {
  const name = `${queue}.${purpose}`;
  if (Buffer.byteLength(name) <= mostNameBytes) return name;
  const digest = createHash('sha256').update(queue).digest('hex').slice(0, 32);
  return `mycel.${digest}.${purpose}`;
}
