import { expect, test } from 'vitest';
import { connectTo, countReady, putLetters } from '../../../../tests/support/dead-letters.ts';
import { deferred } from '../foundation/deferred.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { LetterBrowser } from './letter-browser.ts';
import { deadLetterQueue } from './topology.ts';

async function browsing(count: number) {
  const broker = new MemoryBroker();
  await putLetters(
    broker,
    Array.from({ length: count }, (_, index) => ({ id: `l-${index}` })),
  );
  const connection = await connectTo(broker);
  const channel = await connection.openChannel();
  return { broker, connection, channel, browser: new LetterBrowser(channel, deadLetterQueue.queue, count) };
}

test('what is kept is not held in memory', async () => {
  const { broker, connection, channel, browser } = await browsing(350);
  for (let next = await browser.next(undefined); next; next = await browser.next(undefined)) browser.keep(next);
  expect(channel.unsettled.upTo(Infinity)).toEqual([]);
  expect(await countReady(broker, deadLetterQueue.queue)).toBe(0);
  await browser.close();
  expect(await countReady(broker, deadLetterQueue.queue)).toBe(350);
  await connection.close();
});

test('letters that are kept late go back like the others', async () => {
  const { broker, connection, channel, browser } = await browsing(65);
  const late = [];
  for (let next = await browser.next(undefined); next; next = await browser.next(undefined)) {
    if (next.deliveryTag % 2 === 0) late.push(next);
    else browser.keep(next);
  }
  for (const delivery of late) browser.keep(delivery);
  await browser.close();
  expect(await channel.closed).toEqual({ reason: 'client' });
  expect(await countReady(broker, deadLetterQueue.queue)).toBe(65);
  await connection.close();
});

test('a letter that is to be removed when the others go back stays as well', async () => {
  const { broker, connection, channel, browser } = await browsing(40);
  const removed = await browser.next(undefined);
  for (let next = await browser.next(undefined); next; next = await browser.next(undefined)) browser.keep(next);
  const closing = browser.close();
  await whenFirstWentBack(channel);
  if (removed) browser.remove(removed);
  await closing;
  expect(await channel.closed).toEqual({ reason: 'client' });
  expect(await countReady(broker, deadLetterQueue.queue)).toBe(40);
  await connection.close();
});

/** Waits until the broker was told of letters that go back. */
async function whenFirstWentBack(channel: AmqpChannel): Promise<void> {
  const told = deferred();
  const nack = channel.nack.bind(channel);
  channel.nack = (...given) => {
    nack(...given);
    told.resolve();
  };
  await told.promise;
}

test('a queue that is deleted has no more letters', async () => {
  const { connection, browser } = await browsing(300);
  const first = await browser.next(undefined);
  const other = await connection.openChannel();
  await other.deleteQueue(deadLetterQueue.queue);
  expect(first).toBeDefined();
  let seen = 1;
  for (let next = await browser.next(undefined); next; next = await browser.next(undefined)) seen += 1;
  expect(seen).toBeLessThan(300);
  await browser.close();
  await connection.close();
});
