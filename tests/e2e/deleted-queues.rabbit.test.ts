import { type ChannelModel, connect as connectRaw } from 'amqplib';
import { connect, type StandaloneClient } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countReady } from '../support/dead-letters.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { GuardedServices, lettersAt, queues, type StockCalls, untilLetters } from '../support/guarded-services.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';

forbidUnhandledRejections();

const rabbit = useFreshVhost();
let services: GuardedServices;
let transport: AmqpTransport;
let client: StandaloneClient;
let operator: ChannelModel;

beforeEach(async () => {
  services = new GuardedServices();
  transport = new AmqpTransport({ uri: rabbit.uri });
  client = await connect(transport);
  operator = await connectRaw(rabbit.uri);
});

afterEach(async () => {
  await services.end();
  await Promise.all([client.close(), operator.close()]);
});

async function deleteQueue(name: string): Promise<void> {
  const channel = await operator.createChannel();
  await channel.deleteQueue(name);
  await channel.close();
}

/** Sends an event until its handler has one. */
async function untilHandled(type: string, id: string): Promise<void> {
  await expect
    .poll(async () => {
      await client.dispatch('shop', type, { id });
      return services.steps.has(`${id} ended`);
    })
    .toBe(true);
}

describe('a queue that is deleted', () => {
  it('takes what it held along; what comes when it is back is handled, and what was in hand is finished', async () => {
    await services.start({ uri: rabbit.uri }, { only: 'stock', workers: 1 });
    const gate = services.hold('in hand');
    for (const id of ['in hand', 'waits']) await client.dispatch('shop', 'sold', { id });
    await services.steps.until('in hand began');
    await deleteQueue(queues.sold);
    gate.resolve();
    await services.steps.until('in hand ended');
    await untilHandled('sold', 'next');
    expect(services.runs.map(({ id }) => id)).not.toContain('waits');
    expect(services.runsOf('in hand')).toHaveLength(1);
  });

  it('does not take along what waits for its next attempt', async () => {
    const events: number[] = [];
    const subscriber = {
      source: 'shop',
      type: 'late',
      service: 'late',
      method: 'onLate',
      mode: 'service-pool',
    } as const;
    await transport.events.subscribe({ ...subscriber, reliable: true, prefetch: 1 }, async ({ failures = 0 }) => {
      events.push(failures);
      return failures === 0 ? { kind: 'retry', delayMs: 20_000 } : 'ack';
    });
    await client.dispatch('shop', 'late', 1);
    await expect.poll(() => countReady(rabbit.uri, 'evt-shop-late--late.onLate.retry-30s')).toBe(1);
    await deleteQueue('evt-shop-late--late.onLate');
    await expect.poll(() => events).toEqual([0, 1]);
  });

  it('takes dead letters along if it is theirs, and is there again for the next', async () => {
    await services.start({ uri: rabbit.uri }, { only: 'stock', attempts: 1 });
    await client.dispatch('shop', 'sold', { id: 'first', fails: 1 });
    await untilLetters(transport, 1);
    await deleteQueue('mycel.dead-letters');
    expect(await lettersAt(transport)).toEqual([]);
    await client.dispatch('shop', 'sold', { id: 'second', fails: 1 });
    expect(await untilLetters(transport, 1)).toMatchObject([{ payload: { id: 'second' } }]);
  });

  it('of calls has those time out that wait in it, and those in hand, though they run; the next are answered', async () => {
    await services.start({ uri: rabbit.uri }, { only: 'stock', workers: 1 });
    const { count } = client.rpc<StockCalls>('stock');
    const gate = services.hold('in hand');
    const timedOut = { code: 'MYCEL_CALL_TIMEOUT' };
    const inHand = count
      .with({ timeout: '20s' })('in hand')
      .catch((error: unknown) => error);
    await services.steps.until('in hand began');
    const waiting = count
      .with({ timeout: '20s' })('waits')
      .catch((error: unknown) => error);
    await expect.poll(() => countReady(rabbit.uri, 'rpc-stock')).toBe(1);
    await deleteQueue('rpc-stock');
    await expect.poll(() => rabbit.consumers('rpc-stock').catch(() => 0)).toBe(1);
    gate.resolve();
    await services.steps.until('in hand ended');
    expect(await count('next')).toBe('counted next');
    expect(await Promise.all([inHand, waiting])).toMatchObject([timedOut, timedOut]);
    expect(services.runsOf('waits')).toEqual([]);
  });
});

describe('a broadcast', () => {
  it('that comes while an instance has no connection is lost to it, and later ones are not', async () => {
    await using proxy = await FaultProxy.start(rabbit.uri);
    await services.start({ uri: proxy.uri }, { only: 'radio' });
    await untilHandled('news', 'early');
    proxy.refuse();
    proxy.cut();
    const broadcasts = async (): Promise<unknown[]> =>
      (await rabbit.queues()).filter(({ name }) => name.startsWith('evt-shop-news'));
    await expect.poll(broadcasts).toEqual([]);
    expect(await client.dispatch('shop', 'news', { id: 'missed' })).toEqual({ routed: false });
    proxy.accept();
    await untilHandled('news', 'late');
    expect(services.runsOf('missed')).toEqual([]);
  });
});
