import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';
import { Inbox, textOf } from './inbox.ts';
import { fetch, fill, send } from './queue-contents.ts';

const PSEUDO_QUEUE = 'amq.rabbitmq.reply-to';

export const replyTo: readonly BrokerBehaviour[] = behavioursOf('direct reply-to', {
  'brings the answer to the channel that asked': async (world) => {
    const client = await world.withQueue();
    const replies = await Inbox.open(client, PSEUDO_QUEUE, { noAck: true });
    await fill(client, ['question'], { replyTo: PSEUDO_QUEUE, correlationId: '1' });
    const server = await (await world.connect()).openChannel();
    const { properties } = await fetch(server, 'q', true);
    const address = properties.replyTo ?? '';
    assert.match(address, /^amq\.rabbitmq\.reply-to\.[\x21-\x7e]+$/);
    server.publish('', address, 'answer', { correlationId: '1' });
    const answer = await replies.next();
    assert.equal(textOf(answer), 'answer');
    assert.equal(answer.properties.correlationId, '1');
    assert.deepEqual([answer.exchange, answer.routingKey, answer.redelivered], ['', address, false]);
    assert.equal(answer.consumerTag, replies.consumerTag);
  },
  'gives a channel one address for all its questions': async (world) => {
    const channel = await world.withQueue();
    await Inbox.open(channel, PSEUDO_QUEUE, { noAck: true });
    await fill(channel, ['a', 'b'], { replyTo: PSEUDO_QUEUE });
    const [first, second] = [await fetch(channel), await fetch(channel)];
    assert.equal(first.properties.replyTo, second.properties.replyTo);
  },
  'gives each channel an address of its own': async (world) => {
    const channels = [await world.withQueue(), await world.confirming()];
    for (const channel of channels) {
      await Inbox.open(channel, PSEUDO_QUEUE, { noAck: true });
      await fill(channel, ['a'], { replyTo: PSEUDO_QUEUE });
    }
    const [first, second] = [await fetch(await world.channel()), await fetch(await world.channel())];
    assert.notEqual(first.properties.replyTo, second.properties.replyTo);
  },
  'keeps the other properties of the question': async (world) => {
    const channel = await world.withQueue();
    await Inbox.open(channel, PSEUDO_QUEUE, { noAck: true });
    const properties = { contentType: 'text/plain', headers: { a: 1 }, correlationId: 'c' };
    await fill(channel, ['a'], { replyTo: PSEUDO_QUEUE, ...properties });
    const { replyTo: _, ...kept } = (await fetch(channel)).properties;
    assert.deepEqual(kept, properties);
  },
  'brings answers to many questions in order': async (world) => {
    const channel = await world.withQueue();
    const replies = await Inbox.open(channel, PSEUDO_QUEUE, { noAck: true });
    await fill(channel, ['a'], { replyTo: PSEUDO_QUEUE });
    const address = (await fetch(channel)).properties.replyTo ?? '';
    const server = await world.channel();
    for (const text of ['1', '2', '3']) server.publish('', address, text);
    assert.deepEqual(await replies.takeTexts(3), ['1', '2', '3']);
  },
  'needs a consumer that acknowledges nothing': async (world) => {
    const consumed = (await world.channel()).consume(PSEUDO_QUEUE, () => undefined);
    await channelFault(consumed, 406, 'PRECONDITION_FAILED - reply consumer cannot acknowledge');
  },
  'knows one consumer for each channel': async (world) => {
    const channel = await world.channel();
    await Inbox.open(channel, PSEUDO_QUEUE, { noAck: true });
    const consumed = channel.consume(PSEUDO_QUEUE, () => undefined, { noAck: true });
    await channelFault(consumed, 406, 'PRECONDITION_FAILED - reply consumer already set');
  },
  'needs the consumer before the question': async (world) => {
    const channel = await world.withQueue();
    channel.publish('', 'q', 'x', { replyTo: PSEUDO_QUEUE });
    await channelFault(channel, 406, 'PRECONDITION_FAILED - fast reply consumer does not exist');
  },
  'can be given up and taken up again': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(channel, PSEUDO_QUEUE, { noAck: true });
    await inbox.cancel();
    const again = await Inbox.open(channel, PSEUDO_QUEUE, { noAck: true });
    await fill(channel, ['a'], { replyTo: PSEUDO_QUEUE });
    channel.publish('', (await fetch(channel)).properties.replyTo ?? '', 'answer');
    assert.equal(textOf(await again.next()), 'answer');
  },
  'can be asked by the server whether the client still waits': async (world) => {
    const client = await world.withQueue();
    await Inbox.open(client, PSEUDO_QUEUE, { noAck: true });
    await fill(client, ['a'], { replyTo: PSEUDO_QUEUE });
    const server = await world.channel();
    const address = (await fetch(server)).properties.replyTo ?? '';
    const found = await server.declareQueue(address, { passive: true });
    assert.deepEqual(found, { queue: address, messageCount: 0, consumerCount: 1 });
  },
  'sends a mandatory answer back though it was brought: the address is no queue': async (world) => {
    const client = await world.withQueue();
    const replies = await Inbox.open(client, PSEUDO_QUEUE, { noAck: true });
    await fill(client, ['a'], { replyTo: PSEUDO_QUEUE });
    const server = await world.confirming();
    const address = (await fetch(server)).properties.replyTo ?? '';
    assert.ok((await send(server, '', address)).returned);
    await replies.next();
  },
  'tells a server that asks in vain': async (world) => {
    const client = await world.withQueue();
    await Inbox.open(client, PSEUDO_QUEUE, { noAck: true });
    await fill(client, ['a'], { replyTo: PSEUDO_QUEUE });
    const server = await world.channel();
    const address = (await fetch(server)).properties.replyTo ?? '';
    await client.close();
    const text = `NOT_FOUND - no ${world.in(`queue '${address}'`)}`;
    await channelFault(server.declareQueue(address, { passive: true }), 404, text);
  },
  'drops an answer that nobody waits for': async (world) => {
    const channel = await world.confirming();
    assert.deepEqual(await channel.publishConfirmed('', `${PSEUDO_QUEUE}.nobody`, 'x'), {});
  },
});
