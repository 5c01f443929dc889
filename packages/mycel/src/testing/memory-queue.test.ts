import { describe, expect, test } from 'vitest';
import { deferred } from '../foundation/deferred.ts';
import { type MemoryDelivery, MemoryQueue } from './memory-queue.ts';

/** Consumes, and hands deliveries to the test one by one. */
function consumer(queue: MemoryQueue<string>, prefetch = 10) {
  const arrived: MemoryDelivery<string>[] = [];
  let told = deferred();
  const subscription = queue.consume(prefetch, (delivery) => {
    arrived.push(delivery);
    told.resolve();
  });
  const next = async (): Promise<MemoryDelivery<string>> => {
    while (!arrived.length) {
      told = deferred();
      await told.promise;
    }
    return arrived.shift() as MemoryDelivery<string>;
  };
  return { ...subscription, arrived, next };
}

describe('a queue in memory', () => {
  test('keeps messages until there is a consumer, in their order', async () => {
    const queue = new MemoryQueue<string>();
    queue.push('a');
    queue.push('b');
    const { next } = consumer(queue);
    expect([(await next()).value, (await next()).value]).toEqual(['a', 'b']);
  });

  test('gives consumers their turn, each as much as its prefetch lets it', async () => {
    const queue = new MemoryQueue<string>();
    const [first, second] = [consumer(queue, 1), consumer(queue, 2)];
    for (const value of ['a', 'b', 'c', 'd']) queue.push(value);
    const a = await first.next();
    expect([a.value, (await second.next()).value, (await second.next()).value]).toEqual(['a', 'b', 'c']);
    expect(queue.length).toBe(1);
    a.settle('ack');
    expect((await first.next()).value).toBe('d');
  });

  test('puts what is given back at the front, and marks it', async () => {
    const queue = new MemoryQueue<string>();
    const { next } = consumer(queue, 1);
    queue.push('a');
    queue.push('b');
    const first = await next();
    expect(first.redelivered).toBe(false);
    first.settle('requeue');
    expect(await next()).toMatchObject({ value: 'a', redelivered: true });
  });

  test('takes back what a closed consumer had in hand, which then cannot settle it', async () => {
    const queue = new MemoryQueue<string>();
    const first = consumer(queue);
    queue.push('a');
    const lost = await first.next();
    await first.stop();
    queue.push('b');
    await first.close();
    expect(lost.settle('ack')).toBe(false);
    const second = consumer(queue);
    expect(await second.next()).toMatchObject({ value: 'a', redelivered: true });
    expect(await second.next()).toMatchObject({ value: 'b', redelivered: false });
    await first.close();
    expect(queue.consumerCount).toBe(1);
  });

  test('gives a stopped consumer nothing more, and lets it settle what it has', async () => {
    const queue = new MemoryQueue<string>();
    const first = consumer(queue, 1);
    queue.push('a');
    const delivery = await first.next();
    await first.stop();
    queue.push('b');
    expect(delivery.settle('ack')).toBe(true);
    expect((await consumer(queue).next()).value).toBe('b');
    expect(first.arrived).toEqual([]);
  });

  test('tells when its last consumer has gone', async () => {
    const queue = new MemoryQueue<string>();
    let unused = 0;
    queue.onUnused(() => (unused += 1));
    const [first, second] = [consumer(queue), consumer(queue)];
    await first.close();
    expect(unused).toBe(0);
    await second.close();
    expect(unused).toBe(1);
  });
});
