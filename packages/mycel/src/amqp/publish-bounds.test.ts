import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import type { OutboundEvent, PublishResult } from '../transport/event-transport.ts';
import { DisconnectedError, PublishBufferError } from '../transport/transport-errors.ts';
import type { AmqpOptions } from './amqp-options.ts';
import { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let transports: AmqpTransport[];

beforeEach(async () => {
  broker = await ObligingBroker.start();
  transports = [];
});

afterEach(async () => {
  for (const { socket } of broker.connections) socket.destroy();
  await Promise.all(transports.map((transport) => transport.close()));
  await broker[Symbol.asyncDispose]();
});

/** Opens a transport to which the exchange of the shop's events is declared. */
async function open(options: AmqpOptions): Promise<AmqpTransport> {
  const transport = new AmqpTransport({ uri: broker.uri, publishTimeout: '2s', ...options });
  transports.push(transport);
  await transport.open();
  await transport.publish(event('ready'));
  return transport;
}

function event(type: string, payload: unknown = null, source = 'shop'): OutboundEvent {
  return { source, type, payload, context: { callIdStack: [], data: {} } };
}

function publishAll(transport: AmqpTransport, types: readonly string[]): Promise<PublishResult>[] {
  const all = types.map((type) => transport.publish(event(type)));
  for (const publishing of all) publishing.catch(() => {}); // looked at later
  return all;
}

function confirmNothing(): void {
  broker.react = ({ name }) => name === 'basic.publish';
}

/** Confirms what comes from now on, on the first connection. */
function confirmFromNowOn(): void {
  let deliveryTag = broker.count('basic.publish');
  broker.react = ({ name }, channel, peer) => {
    if (name !== 'basic.publish') return false;
    deliveryTag++;
    peer.send(channel, { name: 'basic.ack', deliveryTag, multiple: false });
    return true;
  };
}

async function confirm(deliveryTag: number, multiple = false): Promise<void> {
  (await broker.connection(1)).send(1, { name: 'basic.ack', deliveryTag, multiple });
}

/** What has reached the broker by now, without what made ready. */
async function sent(transport: AmqpTransport): Promise<string[]> {
  await transport.prepare(`probe${broker.seen.length}`); // on the same connection, so behind all that was sent
  const types = broker.seen.map((method) => (method.name === 'basic.publish' ? method.routingKey : ''));
  return types.filter((type) => type !== '' && type !== 'ready');
}

describe('the window of events on the wire', () => {
  it('lets so many go, and one more for each that the broker confirms', async () => {
    const transport = await open({ publishWindow: 2 });
    confirmNothing();
    const all = publishAll(transport, ['a', 'b', 'c', 'd', 'e']);
    expect(await sent(transport)).toEqual(['a', 'b']);
    await confirm(2);
    await all[0];
    expect(await sent(transport)).toEqual(['a', 'b', 'c']);
    await confirm(4, true);
    await all[2];
    expect(await sent(transport)).toEqual(['a', 'b', 'c', 'd', 'e']);
    await confirm(6, true);
    expect(await Promise.all(all)).toHaveLength(5);
  });

  it('counts bytes too, and lets one go that is larger than all of them', async () => {
    const transport = await open({ publishWindowBytes: 10_000 });
    confirmNothing();
    const [large, small] = [transport.publish(event('large', 'x'.repeat(50_000))), transport.publish(event('small'))];
    expect(await sent(transport)).toEqual(['large']);
    await confirm(2);
    await large;
    expect(await sent(transport)).toEqual(['large', 'small']);
    await confirm(3);
    await small;
  });

  it('is given to those who wait before those who come', async () => {
    const transport = await open({ publishWindow: 1 });
    confirmNothing();
    const all = publishAll(transport, ['a', 'b']);
    await broker.until('basic.publish', 2);
    const followed = all[0]?.then(() => transport.publish(event('c')));
    confirmFromNowOn();
    await confirm(2);
    await followed;
    expect(await sent(transport)).toEqual(['a', 'b', 'c']);
  });

  it('is filled again, in order, on the connection that follows a lost one', async () => {
    const transport = await open({ publishWindow: 3, publishTimeout: '1h' });
    confirmNothing();
    const types = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const all = publishAll(transport, types);
    await broker.until('basic.publish', 4);
    broker.react = () => false;
    (await broker.connection(1)).socket.destroy();
    await hurry(() => Promise.all(all));
    expect(await sent(transport)).toEqual(['a', 'b', 'c', ...types]);
  });

  it('does not let one source wait for the exchange of another', async () => {
    const transport = await open({});
    broker.react = (method) => method.name === 'exchange.declare' && method.exchange === 'other.events';
    await hurry(async () => {
      let refusal: unknown;
      transport.publish(event('x', null, 'other')).catch((error: unknown) => {
        refusal = error;
      });
      for (let round = 0; round < 5; round++) {
        await transport.publish(event('sold'));
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(refusal).toMatchObject({ code: 'MYCEL_PUBLISH_BUFFER', bound: 'age', limit: 2000 });
    });
  });

  it('does not reject what waits behind a slow broker, however long the line', async () => {
    const transport = await open({ publishWindow: 1 });
    confirmNothing();
    await hurry(async () => {
      const all = publishAll(transport, ['a', 'b', 'c', 'd']);
      for (let n = 0; n < 4; n++) {
        await broker.until('basic.publish', n + 2);
        await new Promise((resolve) => setTimeout(resolve, 1500)); // most of the 2 s
        await confirm(n + 2);
        await all[n];
      }
    });
  });
});

describe('a broker that confirms nothing', () => {
  it('is sent no more, though what it was sent is given up', async () => {
    const transport = await open({ publishWindow: 2 });
    confirmNothing();
    await hurry(async () => {
      const all = publishAll(transport, ['a', 'b', 'c', 'd']);
      expect(await outcomesOf(all)).toEqual(['sent', 'sent', 'age', 'age']);
    });
    expect(await sent(transport)).toEqual(['a', 'b']);
  });

  it('is tried with one event at a time, and gets all once it confirms', async () => {
    const transport = await open({ publishWindow: 2 });
    confirmNothing();
    await hurry(async () => {
      await Promise.allSettled(publishAll(transport, ['a', 'b']));
      const later = publishAll(transport, ['c', 'd', 'e']);
      expect(await sent(transport)).toEqual(['a', 'b', 'c']);
      await confirm(4);
      await later[0];
      expect(await sent(transport)).toEqual(['a', 'b', 'c', 'd', 'e']);
      await confirm(6, true);
      await Promise.all(later);
    });
  });

  it('is tried with the one that has waited longest', async () => {
    const transport = await open({ publishWindow: 1 });
    confirmNothing();
    await hurry(async () => {
      void publishAll(transport, ['a']);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      void publishAll(transport, ['b']);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      void publishAll(transport, ['c']);
      expect(await sent(transport)).toEqual(['a', 'b']);
    });
  });

  it('makes no difference to memory: of 100,000 events so many are sent, so many wait, the rest is rejected at once', async () => {
    const transport = await open({ publishTimeout: '1h' });
    confirmNothing();
    const all = Array.from({ length: 100_000 }, () => transport.publish(event('sold')));
    expect(new Set(await outcomesOf(all.slice(51_000)))).toEqual(new Set(['messages']));
    expect(await sent(transport)).toHaveLength(1000);
    confirmFromNowOn();
    await confirm(1001, true);
    await Promise.all(all.slice(0, 51_000));
    expect(await sent(transport)).toHaveLength(51_000);
  }, 60_000);
});

describe('an event that may not wait', () => {
  it.each([
    ['messages', { publishWindow: 1, publishBuffer: 2 }, 2, /at most 2 events may wait.*raise amqp\.publish_buffer$/],
    [
      'bytes',
      { publishWindow: 1, publishBufferBytes: 3000 },
      3000,
      /at most 3000 bytes of events.*raise amqp\.publish_buffer_bytes$/,
    ],
  ] as const)('is rejected with the bound: %s', async (bound, options, limit, said) => {
    const transport = await open(options);
    confirmNothing();
    const all = publishAll(transport, ['a', 'b', 'c']);
    const refused = transport.publish(event('d'));
    await expect(refused).rejects.toThrow(PublishBufferError);
    await expect(refused).rejects.toMatchObject({ bound, limit, message: expect.stringMatching(said) });
    await broker.until('basic.publish', 2);
    confirmFromNowOn();
    await confirm(2);
    await Promise.all(all);
    await transport.publish(event('d'));
    expect(await sent(transport)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('says where it was published if it is the first of its row: to look for all of them would take too long', async () => {
    const transport = await open({ publishWindow: 1, publishBuffer: 1 });
    confirmNothing();
    const all = publishAll(transport, ['a', 'b']);
    const refusals = publishAll(transport, ['c', 'd']).map((refused) => refused.catch((error: unknown) => error));
    const [first, second] = (await Promise.all(refusals)) as [Error, Error];
    expect(first.stack).toContain('publish-bounds.test.ts');
    expect(second.stack).not.toContain('publish-bounds.test.ts');
    await broker.until('basic.publish', 2);
    confirmFromNowOn();
    await confirm(2);
    await Promise.all(all);
    confirmNothing();
    const more = publishAll(transport, ['e', 'f']);
    await expect(transport.publish(event('g'))).rejects.toMatchObject({
      stack: expect.stringContaining('publish-bounds.test.ts'),
    });
    await broker.until('basic.publish', 4);
    confirmFromNowOn();
    await confirm(4);
    await Promise.all(more);
  });

  it('takes no place from those that were sent before the connection was lost', async () => {
    const transport = await open({ publishWindow: 3, publishBuffer: 1, publishTimeout: '1h' });
    confirmNothing();
    const all = publishAll(transport, ['a', 'b', 'c', 'd']);
    await broker.until('basic.publish', 4);
    broker.react = ({ name }) => name === 'connection.open'; // the next connection stays half open
    (await broker.connection(1)).socket.destroy();
    await hurry(async () => {
      await broker.until('connection.open', 2);
      await expect(transport.publish(event('e'))).rejects.toMatchObject({ bound: 'messages', limit: 1 });
      broker.react = () => false;
      (await broker.connection(2)).socket.destroy();
      await Promise.all(all);
    });
  });
});

describe('on the engine in the process', () => {
  it('many more events than the window takes are handled, in order', async () => {
    const transport = new MemoryTransport();
    transports.push(transport);
    await transport.open();
    const handled: unknown[] = [];
    const all = deferred();
    const subscriber = { source: 'shop', type: '#', service: 'stock', method: 'note', prefetch: 10 };
    await transport.subscribe({ ...subscriber, mode: 'service-pool', reliable: true }, async ({ payload }) => {
      if (handled.push(payload) === 5000) all.resolve();
      return 'ack';
    });
    const publishing = Array.from({ length: 5000 }, (_, n) => transport.publish(event('sold', n)));
    expect(new Set((await Promise.all(publishing)).map(({ routed }) => routed))).toEqual(new Set([true]));
    await all.promise;
    expect(handled).toEqual(publishing.map((_, n) => n));
  });
});

/** Tells how each was settled: by what bound, or as one that had been sent. */
async function outcomesOf(publishing: readonly Promise<PublishResult>[]): Promise<string[]> {
  const results = await Promise.allSettled(publishing);
  return results.map((result) => {
    const error: unknown = result.status === 'rejected' ? result.reason : undefined;
    if (error instanceof PublishBufferError) return error.bound;
    return error instanceof DisconnectedError ? 'sent' : 'other';
  });
}
