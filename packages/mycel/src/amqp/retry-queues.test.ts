import { describe, expect, it } from 'vitest';
import { longestRetryMs, retryQueue } from './retry-queues.ts';

describe('the queue of a retry', () => {
  it.each([
    [0, '100ms'],
    [100, '100ms'],
    [101, '250ms'],
    [1000, '1s'],
    [4001, '5s'],
    [120_000, '2m'],
    [longestRetryMs, '7d'],
    [longestRetryMs * 2, '7d'],
  ])('for %d ms is that of the step %s', (delayMs, step) => {
    expect(retryQueue('evt-shop-sold--stock.on_sold', delayMs).queue).toBe(
      `evt-shop-sold--stock.on_sold.retry-${step}`,
    );
  });

  it('gives its messages to the handler it is for when their time is over, and loses none', () => {
    expect(retryQueue('q', 5000).options).toEqual({
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-message-ttl': 5000,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': 'q',
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      },
    });
  });

  it('has a name that the protocol can carry, and that no other handler has', () => {
    const [one, other] = ['a', 'b'].map((end) => retryQueue('ü'.repeat(126) + end, 100).queue);
    expect(Buffer.byteLength(one ?? '')).toBeLessThanOrEqual(255);
    expect(one).not.toBe(other);
  });
});
