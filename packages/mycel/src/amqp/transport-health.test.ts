import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../../../../tests/support/fault-proxy.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import type { EventSubscriber } from '../transport/event-transport.ts';
import type { Subscription } from '../transport/subscription.ts';
import { deferred } from '../foundation/deferred.ts';
import { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let proxy: FaultProxy;
let transport: AmqpTransport;

beforeEach(async () => {
  broker = await ObligingBroker.start();
  proxy = await FaultProxy.start(broker.uri.replace('//', '//guest:guest@'));
  transport = new AmqpTransport({ uri: proxy.uri });
});

afterEach(async () => {
  broker.react = () => false;
  await transport.close();
  await proxy[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

const sold: EventSubscriber = {
  source: 'shop',
  type: 'sold',
  service: 'desk',
  method: 'onSold',
  mode: 'service-pool',
  reliable: true,
  prefetch: 1,
};

async function subscribe(): Promise<Subscription> {
  return transport.subscribe(sold, async () => 'ack');
}

describe('the health of a transport', () => {
  it('is that of its connection, and of what was used', async () => {
    expect(transport.health()).toMatchObject({ ready: false, state: 'idle' });
    const opening = transport.open();
    expect(transport.health()).toMatchObject({ ready: false, state: 'connecting' });
    await opening;
    expect(transport.health()).toEqual({
      ready: true,
      state: 'open',
      since: expect.any(Date) as Date,
      parts: {
        connection: {
          ready: true,
          state: 'open',
          broker: expect.stringMatching(/^amqp:\/\/guest@127\.0\.0\.1:\d+\/$/) as string,
          since: expect.any(Date) as Date,
        },
      },
    });
    await transport.rpc.prepareCalls();
    await transport.events.prepare('shop');
    await subscribe();
    const { ready, parts = {} } = transport.health();
    expect(ready).toBe(true);
    expect(Object.entries(parts).map(([name, { state }]) => [name, state])).toEqual([
      ['connection', 'open'],
      ['connection of event handlers', 'open'],
      ['rpc replies', 'ready'],
      ['event publishing', 'ready'],
    ]);
    await transport.close();
    expect(transport.health()).toMatchObject({ ready: false, state: 'closed' });
  });

  it('tells why the connection is lost and does not come back, without the password, and comes back with it', async () => {
    await transport.open();
    const openedAt = transport.health().since;
    proxy.refuse();
    proxy.cut();
    await expect.poll(() => transport.health().reason).toMatch(/the connection was lost: \w/);
    expect(transport.health()).toMatchObject({ ready: false, state: 'lost' });
    await expect.poll(() => transport.health().reason).toMatch(/does not come back yet: .*127\.0\.0\.1/);
    expect(transport.health().reason).not.toContain(':guest@');
    proxy.accept();
    await expect.poll(() => transport.health().state).toBe('open');
    expect(transport.health().reason).toBeUndefined();
    expect(transport.health().since?.getTime()).toBeGreaterThan(openedAt?.getTime() ?? Infinity);
  });

  it('is not ready while the broker takes no messages', async () => {
    await transport.open();
    const peer = await broker.connection(1);
    peer.send(0, { name: 'connection.blocked', reason: 'low on memory' });
    await expect
      .poll(() => transport.health())
      .toMatchObject({ ready: false, state: 'blocked', reason: expect.stringContaining('low on memory') as string });
    peer.send(0, { name: 'connection.unblocked' });
    await expect.poll(() => transport.health()).toMatchObject({ ready: true, state: 'open' });
  });

  it('is not ready while replies cannot be received, though the connection is open', async () => {
    await transport.open();
    await transport.rpc.prepareCalls();
    broker.react = ({ name }) => name === 'queue.declare';
    await cancelConsumer();
    await expect.poll(() => transport.health()).toMatchObject({ ready: false, state: 'lost' });
    expect(transport.health().parts?.['connection']).toMatchObject({ ready: true });
  });
});

/** Cancels, from the broker's side, the last consumer of messages that was started, as when its queue is deleted. */
async function cancelConsumer(): Promise<void> {
  const consumes = broker.seen.filter((method) => method.name === 'basic.consume');
  const consume = consumes.findLast(({ queue }) => !queue.startsWith('mycel.watch'));
  const peer = await broker.connection(broker.connections.length);
  peer.send(1, { name: 'basic.cancel', consumerTag: `tag-${consume?.queue}`, noWait: true });
}

describe('the health of a consumer', () => {
  it('follows it from its attaching to its end', async () => {
    const subscription = await subscribe();
    expect(subscription.health?.()).toMatchObject({ ready: true, state: 'consuming' });
    await subscription.stop();
    expect(subscription.health?.()).toEqual({ ready: false, state: 'stopped' });
    await subscription.close();
    expect(subscription.health?.()).toMatchObject({ ready: false, state: 'closed' });
  });

  it('is not ready from when the broker cancels it, as its queue was deleted, until it is attached again', async () => {
    await transport.open();
    const subscription = await subscribe();
    let declare = (): void => {};
    const asked = deferred();
    broker.react = (method, channel, peer) => {
      if (method.name !== 'queue.declare' || !method.queue.startsWith('evt-')) return false;
      const { queue } = method;
      asked.resolve();
      declare = () => peer.send(channel, { name: 'queue.declare-ok', queue, messageCount: 0, consumerCount: 0 });
      return true;
    };
    await cancelConsumer();
    await expect.poll(() => subscription.health?.()).toMatchObject({ ready: false, state: 'attaching' });
    await expect.poll(() => subscription.health?.().reason).toContain('its queue was deleted');
    expect(transport.health()).toMatchObject({ ready: true });
    await asked.promise;
    declare();
    await expect.poll(() => subscription.health?.()).toMatchObject({ ready: true, state: 'consuming' });
  });

  it('is not ready while the broker refuses what it declares, and tells with what words', async () => {
    const subscription = await subscribe();
    broker.react = ({ name }, channel, peer) => {
      if (name !== 'queue.declare') return false;
      const fault = { replyCode: 403, replyText: 'ACCESS_REFUSED - no rights', failedClassId: 50, failedMethodId: 10 };
      peer.send(channel, { name: 'channel.close', ...fault });
      return true;
    };
    await cancelConsumer();
    await expect
      .poll(() => subscription.health?.().reason)
      .toMatch(/could not attach to the broker: .*ACCESS_REFUSED - no rights/);
    broker.react = () => false;
    await broker.until('basic.consume', 2);
    await expect.poll(() => subscription.health?.().ready).toBe(true);
  });
});
