import { connect } from 'amqplib';
import { expect, test } from 'vitest';
import { useAmqpWorld } from './amqp-world.ts';

const world = useAmqpWorld({ watchesSteps: true });

async function channelThroughProxy() {
  const connection = await connect(world.proxy.uri);
  connection.on('error', () => {});
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  await channel.assertQueue('work', { durable: true });
  // An error comes before it, of which `once` would make a rejection.
  const closed = new Promise((resolve) => connection.on('close', resolve));
  return { connection, channel, closed };
}

const messages = async (): Promise<number | undefined> => (await world.rabbit.queues())[0]?.messages;

test('a connection that is lost before a publish has lost the message', async () => {
  const { channel, closed } = await channelThroughProxy();
  world.proxy.cutAtStep({ direction: 'to broker', method: 'basic.publish', when: 'before', skip: 1 });
  channel.sendToQueue('work', Buffer.alloc(300_000), {}, () => {});
  await channel.waitForConfirms();
  channel.sendToQueue('work', Buffer.alloc(300_000), {}, () => {});
  await closed;
  expect(await messages()).toBe(1);
});

test('a connection that is lost after a publish has brought the message, and not its confirm', async () => {
  const { channel, closed } = await channelThroughProxy();
  world.proxy.cutAtStep({ direction: 'to broker', method: 'basic.publish', when: 'after' });
  const confirmed: unknown[] = [];
  channel.sendToQueue('work', Buffer.alloc(300_000), {}, (error) => confirmed.push(error === null));
  await closed;
  await expect.poll(messages).toBe(1);
  expect(confirmed).toEqual([false]);
});

test('a connection is lost in the middle of a message', async () => {
  const { channel, closed } = await channelThroughProxy();
  world.proxy.cutAfterBytes('to broker', 100_000);
  channel.sendToQueue('work', Buffer.alloc(300_000), {}, () => {});
  await closed;
  expect(await messages()).toBe(0);
});

test('what is calmed cuts nothing, and a slow connection brings everything', async () => {
  const { connection, channel } = await channelThroughProxy();
  world.proxy.cutAtStep({ direction: 'to broker', method: 'basic.publish', when: 'before' });
  world.proxy.cutAfterBytes('to client', 1);
  world.proxy.calm();
  world.proxy.slow(2_000_000);
  channel.sendToQueue('work', Buffer.alloc(300_000), {}, () => {});
  await channel.waitForConfirms();
  expect(await messages()).toBe(1);
  await connection.close();
});
