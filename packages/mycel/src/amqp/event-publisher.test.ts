import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import type { OutboundEvent } from '../transport/event-transport.ts';
import { DisconnectedError, PublishRejectedError, TransportClosedError } from '../transport/transport-errors.ts';
import { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let transport: AmqpTransport;

beforeEach(async () => {
  broker = await ObligingBroker.start();
  transport = new AmqpTransport({ uri: broker.uri, publishTimeout: '2s' });
  await transport.open();
});

afterEach(async () => {
  broker.react = () => false;
  await transport.close();
  await broker[Symbol.asyncDispose]();
});

function sold(payload: unknown, source = 'shop'): OutboundEvent {
  return { source, type: 'sold', payload, context: { callIdStack: [], data: {} } };
}

/** Leaves publishes without a confirm. */
function confirmNothing(): void {
  broker.react = ({ name }) => name === 'basic.publish';
}

/** Tells how often exchanges of events were declared. */
function declarations(): number {
  return broker.seen.filter((method) => method.name === 'exchange.declare' && method.exchange.endsWith('.events'))
    .length;
}

/** Refuses the publishes that are `refused`, told by their number among all, and confirms the others. */
function refuse(refused: (number: number) => boolean): void {
  let number = 0;
  const tags = new Map<number, number>();
  broker.react = ({ name }, channel, peer) => {
    if (name === 'channel.close') tags.delete(channel);
    if (name !== 'basic.publish') return false;
    number += 1;
    const deliveryTag = (tags.get(channel) ?? 0) + 1;
    tags.set(channel, deliveryTag);
    if (refused(number)) peer.send(channel, { name: 'basic.nack', deliveryTag, multiple: false, requeue: false });
    else peer.send(channel, { name: 'basic.ack', deliveryTag, multiple: false });
    return true;
  };
}

const tooLarge = 'PRECONDITION_FAILED - message size';

/**
 * Closes the channel on events of that type. The first `withheld` others it does not take, nor those of the type `slow`. Returns the sources of what
 * it takes.
 */
function closeChannelOn(type: string, replyText = tooLarge, withheld = 2): string[] {
  const refusal = { replyCode: 406, replyText, failedClassId: 60, failedMethodId: 40 };
  const taken: string[] = [];
  const closed = new Set<number>();
  const tags = new Map<number, number>();
  let left = withheld;
  broker.react = (method, channel, peer) => {
    if (method.name === 'channel.close-ok') closed.delete(channel);
    if (method.name === 'channel.open') tags.delete(channel);
    if (closed.has(channel)) return true;
    if (method.name !== 'basic.publish') return false;
    if (method.routingKey === type) {
      closed.add(channel);
      peer.send(channel, { name: 'channel.close', ...refusal });
      return true;
    }
    const deliveryTag = (tags.get(channel) ?? 0) + 1;
    tags.set(channel, deliveryTag);
    if (left-- > 0 || method.routingKey === 'slow') return true;
    taken.push(method.exchange.replace('.events', ''));
    peer.send(channel, { name: 'basic.ack', deliveryTag, multiple: false });
    return true;
  };
  return taken;
}

describe('an event', () => {
  it('is rejected when the broker neither confirms it nor any other', async () => {
    confirmNothing();
    await expect(hurry(() => transport.publish(sold(1)), 100)).rejects.toThrow(
      /was sent, but not confirmed \(it may have been taken\)/,
    );
  });

  it('is waited for as long as the broker confirms others', async () => {
    confirmNothing();
    await hurry(async () => {
      const many = Array.from({ length: 4 }, (_, n) => transport.publish(sold(n)));
      await broker.until('basic.publish', 4);
      const peer = await broker.connection(1);
      for (let deliveryTag = 1; deliveryTag <= 4; deliveryTag++) {
        peer.send(1, { name: 'basic.ack', deliveryTag, multiple: false });
        await many[deliveryTag - 1];
        // Most of the 2 s pass before the next confirm.
        await new Promise((resolve) => setTimeout(resolve, 1500));
      }
      await Promise.all(many);
    });
  });

  it('that the broker refuses is sent again for some seconds, and rejected if it is refused until then', async () => {
    refuse(() => true);
    await expect(hurry(() => transport.publish(sold(1)), 100)).rejects.toThrow(PublishRejectedError);
    expect(broker.count('basic.publish')).toBeGreaterThan(3);
  });

  it('that the broker refuses on one channel only is taken on the next, when what is on its way there is confirmed', async () => {
    let deliveryTag = 0;
    let firstChannel: number | undefined;
    let isFirstChannel = true;
    let confirmSlow = (): void => {};
    broker.react = (method, channel, peer) => {
      if (method.name === 'channel.close' && channel === firstChannel) [isFirstChannel, deliveryTag] = [false, 0];
      if (method.name !== 'basic.publish') return false;
      firstChannel ??= channel;
      deliveryTag += 1;
      const ack = { name: 'basic.ack', deliveryTag, multiple: false } as const;
      if (isFirstChannel && method.exchange === 'slow.events') confirmSlow = () => peer.send(channel, ack);
      else if (isFirstChannel) peer.send(channel, { ...ack, name: 'basic.nack', requeue: false });
      else peer.send(channel, ack);
      return true;
    };
    const slow = transport.publish(sold(1, 'slow'));
    await broker.until('basic.publish', 1);
    const refused = transport.publish(sold(1));
    await broker.until('basic.publish', 2);
    const behind = transport.publish(sold(2));
    // Two round trips: by then the refusal was read, and what it led to was answered.
    for (const source of ['one', 'two']) await transport.prepare(source);
    expect(isFirstChannel).toBe(true);
    confirmSlow();
    expect(await Promise.all([slow, refused, behind])).toHaveLength(3);
    const published = broker.seen.filter((method) => method.name === 'basic.publish');
    expect(published.filter(({ exchange }) => exchange === 'slow.events')).toHaveLength(1);
    expect(broker.connections).toHaveLength(1);
  });

  it('that the broker refuses once, for a queue that is being deleted, is taken before those behind it', async () => {
    refuse((number) => number === 1);
    const first = transport.publish(sold(1));
    await broker.until('basic.publish', 1);
    await transport.publish(sold(1, 'other')); // confirmed behind the refusal
    const done: string[] = [];
    await Promise.all([
      first.then(() => done.push('first')),
      transport.publish(sold(2)).then(() => done.push('second')),
      transport.publish(sold(3)).then(() => done.push('third')),
    ]);
    expect(done).toEqual(['first', 'second', 'third']);
    expect(broker.count('basic.publish')).toBe(5);
  });

  it('on which alone the broker closes the channel is rejected as refused, and not sent again', async () => {
    closeChannelOn('sold');
    const publishing = transport.publish(sold(1));
    await expect(publishing).rejects.toThrow(PublishRejectedError);
    await expect(publishing).rejects.toThrow('event shop.sold: PRECONDITION_FAILED - message size (406)');
    expect(broker.count('basic.publish')).toBe(1);
  });

  it('that was under way beside one on which the broker closes the channel is sent again, alone, and taken', async () => {
    const taken = closeChannelOn('huge');
    await Promise.all([transport.prepare('shop'), transport.prepare('other')]);
    const events = [sold(1), sold(2), { ...sold(3), type: 'huge' }, sold(4, 'other'), sold(5)];
    const outcomes = Promise.allSettled(events.map((event) => transport.publish(event)));
    await broker.until('channel.close-ok');
    const later = transport.publish(sold(6, 'other'));
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect((await outcomes)[2]).toMatchObject({ reason: { code: 'MYCEL_PUBLISH_REJECTED' } });
    await later;
    expect(taken).toEqual(['shop', 'shop', 'other', 'shop', 'other']);
    expect(broker.count('channel.close-ok')).toBe(2);
  });

  it('that the broker names when it closes the channel is rejected at once, with all others that it means', async () => {
    const named = "ACCESS_REFUSED - access to exchange 'secret.events' in vhost '/' refused for user 'guest'";
    const taken = closeChannelOn('told', named, 1);
    await Promise.all([transport.prepare('shop'), transport.prepare('secret')]);
    const told = { ...sold(0, 'secret'), type: 'told' };
    const outcomes = await Promise.allSettled([sold(1), told, sold(2), told].map((event) => transport.publish(event)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(taken).toEqual(['shop', 'shop']);
    expect(broker.count('channel.close-ok')).toBe(1);
  });

  it('that the broker does not confirm holds up no other that was under way beside a refused one', async () => {
    closeChannelOn('huge');
    const slow = transport.publish({ ...sold(1), type: 'slow' });
    slow.catch(() => {}); // looked at below
    const huge = transport.publish({ ...sold(2), type: 'huge' });
    const other = transport.publish(sold(3));
    await expect(huge).rejects.toThrow(PublishRejectedError);
    await other;
    await expect(hurry(() => slow, 100)).rejects.toThrow(DisconnectedError);
  });

  it('is taken soon though many before it cost a channel each', async () => {
    closeChannelOn('huge', tooLarge, 0);
    const huge = Array.from({ length: 30 }, () => transport.publish({ ...sold(1), type: 'huge' }));
    const last = transport.publish(sold(2));
    for (const { status } of await Promise.allSettled(huge)) expect(status).toBe('rejected');
    expect(await last).toEqual({ routed: true });
    expect(broker.count('channel.close-ok')).toBe(31);
  });

  it('that was under way when another channel made the broker close the connection is sent again', async () => {
    const byOther = { replyCode: 503, replyText: 'COMMAND_INVALID', failedClassId: 50, failedMethodId: 10 };
    let isFirst = true;
    broker.react = ({ name }, _channel, peer) => {
      if (name !== 'basic.publish' || !isFirst) return false;
      isFirst = false;
      peer.send(0, { name: 'connection.close', ...byOther });
      return true;
    };
    await hurry(() => transport.publish(sold(1)), 20);
    expect(broker.count('basic.publish')).toBe(2);
  });

  it('for which, perhaps, the broker closed the connection is sent again for some seconds', async () => {
    const refusal = { replyCode: 506, replyText: 'RESOURCE_ERROR', failedClassId: 60, failedMethodId: 40 };
    broker.react = ({ name }, _channel, peer) => {
      if (name === 'basic.publish') peer.send(0, { name: 'connection.close', ...refusal });
      return name === 'basic.publish';
    };
    await expect(hurry(() => transport.publish(sold(1)), 100)).rejects.toThrow(/RESOURCE_ERROR/);
    expect(broker.count('basic.publish')).toBeGreaterThan(1);
  });

  it('published while its exchange is being declared goes out behind it', async () => {
    const preparing = transport.prepare('shop');
    expect(await transport.publish(sold(1))).toEqual({ routed: true });
    await preparing;
    expect(declarations()).toBe(1);
  });

  it('has its exchange declared anew on each connection, once', async () => {
    await Promise.all([transport.publish(sold(1)), transport.publish(sold(2)), transport.publish(sold(3, 'other'))]);
    expect(declarations()).toBe(2);
    (await broker.connection(1)).socket.destroy();
    await hurry(async () => {
      await broker.until('connection.open', 2);
      await expect.poll(() => transport.health().ready).toBe(true);
    });
    await Promise.all([transport.publish(sold(4)), transport.publish(sold(5))]);
    expect(declarations()).toBe(3);
  });
});

describe('closing the transport', () => {
  let patient: AmqpTransport;

  beforeEach(async () => {
    patient = new AmqpTransport({ uri: broker.uri, publishTimeout: '1h' });
    await patient.open();
    await patient.publish(sold(1));
  });

  /** Closes with an event under way, which must be given up. */
  async function closeWith(event: Promise<unknown>): Promise<void> {
    const refused = expect(event).rejects.toThrow(TransportClosedError);
    await patient.close();
    await refused;
  }

  it('ends in a few seconds though the broker says nothing any more', async () => {
    await patient.serve('lab', { prefetch: 1 }, async () => ({ kind: 'drop' }));
    broker.react = () => true;
    const context = { callIdStack: [], data: {} };
    const call = patient.call({ service: 'lab', method: 'add', args: [], kwargs: {}, timeoutMs: 3_600_000, context });
    expect(await hurry(() => closeWith(patient.publish(sold(2))), 50)).toBeLessThan(13_000);
    await expect(call.reply).rejects.toThrow(TransportClosedError);
  });

  it('gives up events that wait for a connection, after a while', async () => {
    broker.react = ({ name }) => name === 'connection.open';
    (await broker.connection(2)).socket.destroy();
    const ms = await hurry(async () => {
      await broker.until('connection.open', 3);
      await closeWith(patient.publish(sold(2)));
    }, 50);
    expect(ms).toBeLessThan(13_000);
  });
});
