import { describe, expect, it } from 'vitest';
import type { Delivery } from './message.ts';
import { UnsettledDeliveries } from './unsettled-deliveries.ts';

function delivery(deliveryTag: number): Delivery {
  const rest = { redelivered: false, exchange: '', routingKey: '', consumerTag: '', properties: {} };
  return { deliveryTag, ...rest, body: Buffer.alloc(0) };
}

function tagsOf(unsettled: UnsettledDeliveries, upTo = Infinity): number[] {
  return unsettled
    .upTo(upTo)
    .map(({ deliveryTag }) => deliveryTag)
    .toSorted((a, b) => a - b);
}

function given(count: number): UnsettledDeliveries {
  const unsettled = new UnsettledDeliveries();
  for (let tag = 1; tag <= count; tag++) unsettled.add(delivery(tag));
  return unsettled;
}

describe('what was delivered and not settled', () => {
  it('is known until it is settled, one by one or many at once', () => {
    const unsettled = given(6);
    unsettled.settle(2, false);
    unsettled.settle(9, false);
    expect(tagsOf(unsettled)).toEqual([1, 3, 4, 5, 6]);
    expect(tagsOf(unsettled, 4)).toEqual([1, 3, 4]);
    unsettled.settle(4, true);
    expect(tagsOf(unsettled)).toEqual([5, 6]);
    expect(unsettled.lastTag).toBe(6);
    unsettled.settle(0, true);
    expect(tagsOf(unsettled)).toEqual([]);
  });

  it('is not lost when thousands pass it by', () => {
    const unsettled = given(1);
    for (let tag = 2; tag <= 5000; tag++) {
      unsettled.add(delivery(tag));
      if (tag !== 700) unsettled.settle(tag, false);
    }
    expect(tagsOf(unsettled)).toEqual([1, 700]);
    unsettled.settle(1, false);
    unsettled.settle(700, false);
    expect(tagsOf(unsettled)).toEqual([]);
  });

  it('is forgotten with the channel', () => {
    const unsettled = given(600);
    unsettled.clear();
    expect(tagsOf(unsettled)).toEqual([]);
  });
});
