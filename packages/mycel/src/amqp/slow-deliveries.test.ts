import { expect, it } from 'vitest';
import { ManualClock } from '../../../../tests/support/manual-clock.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import type { Delivery } from '../protocol/client/index.ts';
import { UnsettledDeliveries } from '../protocol/client/unsettled-deliveries.ts';
import { SlowDeliveries } from './slow-deliveries.ts';

const minute = 60_000;

function delivery(deliveryTag: number): Delivery {
  const properties = { messageId: `message-${deliveryTag}` };
  const rest = { redelivered: false, exchange: '', routingKey: '', consumerTag: '' };
  return { deliveryTag, ...rest, properties, body: Buffer.alloc(0) };
}

function followed(consumerTimeoutMs: number): {
  clock: ManualClock;
  records: LogRecord[];
  channel: { isOpen: boolean; unsettled: UnsettledDeliveries };
} {
  const [clock, records] = [new ManualClock(), new Array<LogRecord>()];
  const channel = { isOpen: true, unsettled: new UnsettledDeliveries() };
  const slow = new SlowDeliveries({ consumerTimeoutMs, logger: recordingLogger(records), clock });
  slow.follow('shop.onSold on shop.sold', channel);
  return { clock, records, channel };
}

it('a delivery that is not settled for half of the consumer timeout is warned about once, by name', () => {
  const { clock, records, channel } = followed(30 * minute);
  channel.unsettled.add(delivery(1));
  for (let tag = 2; tag < 1000; tag++) {
    channel.unsettled.add(delivery(tag));
    channel.unsettled.settle(tag, false);
  }
  clock.advance(14 * minute);
  expect(records).toEqual([]);
  clock.advance(4 * minute);
  expect(records).toMatchObject([
    { level: 'warn', fields: { messageId: 'message-1', since: expect.any(String) as string } },
  ]);
  expect(records[0]?.message).toMatch(
    /^shop\.onSold on shop\.sold: message message-1 is not settled since .*; after 1800 s \(consumer_timeout\)/,
  );
  clock.advance(60 * minute);
  expect(records).toHaveLength(1);
});

it('what is settled in time is not warned about, nor what was delivered later', () => {
  const { clock, records, channel } = followed(30 * minute);
  channel.unsettled.add(delivery(1));
  clock.advance(10 * minute);
  channel.unsettled.settle(1, false);
  channel.unsettled.add(delivery(2));
  clock.advance(10 * minute);
  expect(records).toEqual([]);
  clock.advance(10 * minute);
  expect(records).toMatchObject([{ fields: { messageId: 'message-2' } }]);
});

it('nothing is looked at once the channel is closed, or where there is no consumer timeout', () => {
  const { clock, channel } = followed(30 * minute);
  channel.isOpen = false;
  clock.advance(2 * minute);
  expect(clock.timerCount).toBe(0);
  expect(followed(0).clock.timerCount).toBe(0);
});
