import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';
import { Inbox } from './inbox.ts';
import { fill } from './queue-contents.ts';

const singleActive = behavioursOf('a queue with a single active consumer', {
  'delivers to the first alone': async (world) => {
    const channel = await world.withQueue({ 'x-single-active-consumer': true });
    const [first, second] = [await Inbox.open(channel, 'q'), await Inbox.open(channel, 'q')];
    await fill(channel, ['a', 'b', 'c']);
    await first.holds('a', 'b', 'c');
    await second.holds();
  },
  'goes on to the next when the first is cancelled': async (world) => {
    const channel = await world.withQueue({ 'x-single-active-consumer': true });
    const first = await Inbox.open(channel, 'q', { noAck: true });
    const second = await Inbox.open(channel, 'q');
    const third = await Inbox.open(channel, 'q');
    await first.cancel();
    await fill(channel, ['a', 'b']);
    await second.holds('a', 'b');
    await third.holds();
  },
  'gives the next what the first left when its channel closed': async (world) => {
    const channel = await world.withQueue({ 'x-single-active-consumer': true });
    const owner = await world.channel();
    const first = await Inbox.open(owner, 'q');
    const second = await Inbox.open(channel, 'q');
    await fill(channel, ['a', 'b']);
    await first.take(2);
    await owner.close();
    await second.holds('a', 'b');
    assert.ok(second.received.every(({ redelivered }) => redelivered));
  },
  'does not go on while the first has enough': async (world) => {
    const channel = await world.withQueue({ 'x-single-active-consumer': true });
    await channel.qos(1);
    const [first, second] = [await Inbox.open(channel, 'q'), await Inbox.open(channel, 'q')];
    await fill(channel, ['a', 'b']);
    await first.holds('a');
    await second.holds();
  },
  'takes no exclusive consumer': async (world) => {
    const channel = await world.withQueue({ 'x-single-active-consumer': true });
    const text = `ACCESS_REFUSED - ${world.in("queue 'q'")} in exclusive use`;
    await channelFault(
      channel.consume('q', () => undefined, { exclusive: true }),
      403,
      text,
    );
  },
});

/** A consumer's place in the order. */
const at = (priority: number) => ({ arguments: { 'x-priority': priority } });

const byPriority = behavioursOf('a consumer of higher priority', {
  'gets everything while it takes it': async (world) => {
    const channel = await world.withQueue();
    const low = await Inbox.open(channel, 'q');
    const high = await Inbox.open(channel, 'q', at(10));
    await fill(channel, ['a', 'b', 'c']);
    await high.holds('a', 'b', 'c');
    await low.holds();
  },
  'leaves to others what it has no room for': async (world) => {
    const channel = await world.withQueue();
    const low = await Inbox.open(channel, 'q');
    const limited = await world.channel();
    await limited.qos(1);
    const high = await Inbox.open(limited, 'q', at(1));
    await fill(channel, ['a', 'b', 'c']);
    await high.holds('a');
    await low.holds('b', 'c');
  },
  'comes again when it has room': async (world) => {
    const channel = await world.withQueue();
    const low = await Inbox.open(channel, 'q');
    const limited = await world.channel();
    await limited.qos(1);
    const high = await Inbox.open(limited, 'q', at(1));
    await fill(channel, ['a']);
    limited.ack((await high.next()).deliveryTag);
    await limited.qos(1);
    // The queue has handled the acknowledgement once it has answered a question that came behind it.
    assert.equal(await limited.get('q'), undefined);
    await fill(channel, ['b']);
    await high.holds('a', 'b');
    await low.holds();
  },
  'stands before one of negative priority, and that below none': async (world) => {
    const channel = await world.withQueue();
    const negative = await Inbox.open(channel, 'q', at(-1));
    const none = await Inbox.open(channel, 'q');
    await fill(channel, ['a', 'b']);
    await none.holds('a', 'b');
    await negative.holds();
  },
  'takes turns with its equals': async (world) => {
    const channel = await world.withQueue();
    const low = await Inbox.open(channel, 'q', at(1));
    const high = [await Inbox.open(channel, 'q', at(2)), await Inbox.open(channel, 'q', at(2))];
    await fill(channel, ['a', 'b', 'c', 'd']);
    const texts = await Promise.all(high.map(async (inbox) => inbox.takeTexts(2)));
    assert.deepEqual(texts, [
      ['a', 'c'],
      ['b', 'd'],
    ]);
    await low.holds();
  },
  'is refused when the priority is no number': async (world) => {
    const channel = await world.withQueue();
    const consumed = channel.consume('q', () => undefined, { arguments: { 'x-priority': 'high' } });
    const text = `PRECONDITION_FAILED - invalid arg 'x-priority' for ${world.in("queue 'q'")}: "expected integer, got longstr"`;
    await channelFault(consumed, 406, text);
  },
});

export const consumerChoice: readonly BrokerBehaviour[] = [...singleActive, ...byPriority];
