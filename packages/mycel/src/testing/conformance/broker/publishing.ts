import assert from 'node:assert/strict';
import type { ReturnedMessage } from '../../../protocol/client/index.ts';
import { deferred } from '../../../foundation/deferred.ts';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { channelFault, connectionFault, publishFault } from './faults.ts';
import { Inbox } from './inbox.ts';
import { depth, drain, fetch, fill, send } from './queue-contents.ts';

const confirming = behavioursOf('a confirming channel', {
  'confirms what reached a queue': async (world) => {
    const channel = await world.withQueue();
    assert.deepEqual(await send(channel, '', 'q'), {});
    assert.equal(await depth(channel), 1);
  },
  'confirms what no queue took, too': async (world) => {
    assert.deepEqual(await (await world.confirming()).publishConfirmed('', 'none', 'x'), {});
  },
  'confirms all of many': async (world) => {
    const channel = await world.withQueue();
    const texts = Array.from({ length: 1000 }, (_, index) => String(index));
    await fill(channel, texts);
    assert.deepEqual(await drain(channel), texts);
  },
  'sends a mandatory message back before it confirms it': async (world) => {
    const { returned } = await send(await world.confirming(), '', 'none');
    assert.deepEqual(returned, { replyCode: 312, replyText: 'NO_ROUTE' });
  },
  'may be asked for twice': async (world) => {
    const channel = await world.withQueue();
    await channel.confirmSelect();
    await fill(channel, ['a']);
  },
  'cannot have transactions': async (world) => {
    const selected = (await world.confirming()).request({ name: 'tx.select' }, 'tx.select-ok');
    await channelFault(selected, 406, 'PRECONDITION_FAILED - cannot switch from confirm to tx mode');
  },
  'confirms what was delivered without acknowledgement at once': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(channel, 'q', { noAck: true });
    await fill(channel, ['a'], { deliveryMode: 2 });
    await inbox.holds('a');
  },
});

const mandatory = behavioursOf('a mandatory message', {
  'without a route comes back whole': async (world) => {
    const channel = await world.channel();
    const came = deferred<ReturnedMessage>();
    channel.onReturn = came.resolve;
    const properties = { correlationId: 'c', headers: { a: 1 } };
    channel.publish('amq.direct', 'none', 'body', properties, { mandatory: true });
    const { body, ...message } = await came.promise;
    const route = { exchange: 'amq.direct', routingKey: 'none' };
    assert.deepEqual(message, { replyCode: 312, replyText: 'NO_ROUTE', ...route, properties });
    assert.equal(body.toString(), 'body');
  },
  'with a route does not': async (world) => {
    assert.equal((await send(await world.withQueue(), '', 'q')).returned, undefined);
  },
  'is not needed for one without a route to be dropped in silence': async (world) => {
    const channel = await world.channel();
    channel.onReturn = () => assert.fail('it was not mandatory');
    channel.publish('', 'none', 'x');
    await channel.qos(1);
    await channel.qos(1);
    assert.ok(channel.isOpen);
  },
});

const refused = behavioursOf('publishing', {
  'to an exchange that does not exist closes the channel': async (world) => {
    const channel = await world.channel();
    channel.publish('none', '', 'x');
    await channelFault(channel, 404, `NOT_FOUND - no ${world.in("exchange 'none'")}`);
  },
  'to an exchange that does not exist fails the confirm': async (world) => {
    const channel = await world.confirming();
    const text = `NOT_FOUND - no ${world.in("exchange 'none'")}`;
    await channelFault(channel.publishConfirmed('none', '', 'x'), 404, text);
  },
  'immediately is not known': async (world) => {
    const connection = await world.connect();
    const channel = await connection.openChannel();
    channel.publish('', 'q', 'x', {}, { immediate: true });
    await connectionFault(connection, 540, 'NOT_IMPLEMENTED - immediate=true');
  },
  'as another user is refused': async (world) => {
    const said = `user_id property set to 'somebody' but authenticated user was '${world.user}'`;
    await publishFault(await world.withQueue(), { userId: 'somebody' }, 406, `PRECONDITION_FAILED - ${said}`);
  },
  'as the user of the connection is fine': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a'], { userId: world.user });
    assert.equal((await fetch(channel)).properties.userId, world.user);
  },
});

const copies = behavioursOf('a message with', {
  'CC goes to those queues as well, and keeps the header': async (world) => {
    const channel = await world.withQueue();
    for (const queue of ['one', 'two']) await channel.declareQueue(queue);
    await fill(channel, ['a'], { headers: { CC: ['one', 'two'] } });
    assert.deepEqual((await fetch(channel, 'one')).properties.headers, { CC: ['one', 'two'] });
    assert.deepEqual([await drain(channel), await drain(channel, 'two')], [['a'], ['a']]);
  },
  'BCC goes to those queues as well, and loses the header': async (world) => {
    const channel = await world.withQueue();
    await channel.declareQueue('one');
    await fill(channel, ['a'], { headers: { BCC: ['one'], mine: 1 } });
    assert.deepEqual((await fetch(channel, 'one')).properties.headers, { mine: 1 });
    assert.deepEqual((await fetch(channel)).properties.headers, { mine: 1 });
  },
  'CC goes through the exchange by each key': async (world) => {
    const channel = await world.withQueue();
    await channel.bindQueue('q', 'amq.topic', 'b.*');
    assert.ok(!(await send(channel, 'amq.topic', 'a', { headers: { CC: ['b.c'] } })).returned);
    assert.equal((await fetch(channel)).routingKey, 'a');
  },
  'a key and a CC that lead to the same queue is one there': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a'], { headers: { CC: ['q'], BCC: ['q'] } });
    assert.deepEqual(await drain(channel), ['a']);
  },
  'a CC that is no list is refused': async (world) => {
    const text = 'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",longstr}';
    await publishFault(await world.withQueue(), { headers: { CC: 'one' } }, 406, text);
  },
  'a BCC that is no list is refused': async (world) => {
    const text = 'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"BCC",signedint}';
    await publishFault(await world.withQueue(), { headers: { BCC: 5 } }, 406, text);
  },
});

export const publishing: readonly BrokerBehaviour[] = [...confirming, ...mandatory, ...refused, ...copies];
