import { once } from 'node:events';
import { connect } from 'amqplib';
import { expect, test } from 'vitest';
import { RabbitManagement } from './rabbit-management.ts';
import { type FreshVhost, freshVhost, rabbitUri } from './rabbit.ts';
import { Rabbitmqctl } from './rabbitmqctl.ts';

async function connection(rabbit: FreshVhost): ReturnType<typeof connect> {
  const opened = await connect(rabbit.uri);
  opened.on('error', () => {});
  return opened;
}

test('two fresh vhosts do not share queues', async () => {
  await using first = await freshVhost();
  await using second = await freshVhost();
  const channel = await (await connection(first)).createChannel();
  await channel.assertQueue('work', { durable: true, arguments: { 'x-max-length': 5 } });
  channel.sendToQueue('work', Buffer.from('x'));
  await expect.poll(async () => (await first.queues())[0]?.messages).toBe(1);
  expect(await first.queues()).toMatchObject([
    { name: 'work', durable: true, exclusive: false, autoDelete: false, arguments: { 'x-max-length': 5 } },
  ]);
  expect(await second.queues()).toEqual([]);
});

test('consumers are counted at once', async () => {
  await using rabbit = await freshVhost();
  const channel = await (await connection(rabbit)).createChannel();
  await channel.assertQueue('work');
  expect(await rabbit.consumers('work')).toBe(0);
  await channel.consume('work', () => {});
  expect(await rabbit.consumers('work')).toBe(1);
  await expect(rabbit.consumers('no such queue')).rejects.toThrow(/NOT_FOUND/);
});

test('closing the connections of a vhost reaches those just opened, and only those', async () => {
  await using rabbit = await freshVhost();
  await using other = await freshVhost();
  const [mine, others] = await Promise.all([connection(rabbit), connection(other)]);
  const closed = once(mine, 'close');
  await rabbit.closeConnections('for a test');
  const [error] = await closed;
  expect(error).toMatchObject({ code: 320 });
  await others.createChannel();
});

test('a disposed vhost is gone, and disposing it twice is the same as once', async () => {
  const rabbit = await freshVhost();
  await rabbit[Symbol.asyncDispose]();
  await rabbit[Symbol.asyncDispose]();
  await expect(connect(rabbit.uri)).rejects.toThrow();
});

test('a management API that is not there does not answer', async () => {
  expect(await new RabbitManagement(rabbitUri, 'http://guest:guest@127.0.0.1:1').answers()).toBe(false);
});

const ctl = new Rabbitmqctl(rabbitUri);

test.runIf(await ctl.answers())('rabbitmqctl gives the same view where there is no management API', async () => {
  const name = `mycel-test-ctl-${process.pid}`;
  const { uri } = await ctl.createVhost(name);
  try {
    const opened = await connect(uri);
    opened.on('error', () => {});
    const channel = await opened.createChannel();
    await channel.assertQueue('work', { durable: true, arguments: { 'x-max-length': 5 } });
    expect(await ctl.queues(name)).toMatchObject([
      { name: 'work', type: 'classic', durable: true, arguments: { 'x-max-length': 5 }, messages: 0 },
    ]);
    const closed = once(opened, 'close');
    await ctl.closeConnections(name, 'for a test');
    await closed;
  } finally {
    await ctl.deleteVhost(name);
  }
});
