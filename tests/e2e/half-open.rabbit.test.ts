import { connect, type StandaloneClient } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../support/amqp-world.ts';
import { GuardedServices, type StockCalls, untilLetters } from '../support/guarded-services.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';

forbidUnhandledRejections();

/** A process that stands still for twice as long, as on a machine that is busy, loses its connection by itself. */
const heartbeat = '2s';

const world = useAmqpWorld();
let services: GuardedServices;
let direct: AmqpTransport;
let client: StandaloneClient;
let frail: AmqpTransport;
let frailClient: StandaloneClient;

beforeEach(async () => {
  services = new GuardedServices();
  direct = new AmqpTransport({ uri: world.rabbit.uri });
  client = await connect(direct, { timeout: '1m' });
  frail = new AmqpTransport({ uri: world.proxy.uri, heartbeat, publishTimeout: '1m' });
  frailClient = await connect(frail);
});

afterEach(async () => {
  world.proxy.calm();
  await services.end();
  await Promise.all([client.close(), frailClient.close()]);
});

/** Waits until both sides have given the connection up, and lets new ones through. */
async function passed(): Promise<void> {
  await expect.poll(() => frail.counters.total('connections_lost')).toBeGreaterThan(0);
  world.proxy.cut(); // the broker's side too
  world.proxy.thaw();
}

describe('a connection that is half open', () => {
  it('under a publisher loses no event: it is sent again', async () => {
    await services.start({ uri: world.rabbit.uri }, { only: 'stock' });
    await frailClient.dispatch('shop', 'sold', { id: 'first' });
    world.proxy.freeze();
    const published = frailClient.dispatch('shop', 'sold', { id: 'held' });
    await passed();
    expect(await published).toEqual({ routed: true });
    await services.steps.until('held ended');
  });

  it('under handlers loses no event that is handled, fails or is ordered, and marks what comes again', async () => {
    await services.start({ uri: world.proxy.uri, heartbeat });
    const ids = ['plain', 'fails', 'dies', 'a1'];
    const gates = ids.map((id) => services.hold(id));
    for (const [id, fails] of [
      ['plain', 0],
      ['fails', 1],
      ['dies', 3],
    ] as const)
      await client.dispatch('shop', 'sold', { id, fails });
    for (const id of ['a1', 'a2']) await client.dispatch('shop', 'moved', { id });
    for (const id of ids) await services.steps.until(`${id} began`);
    world.proxy.freeze();
    for (const gate of gates) gate.resolve();
    await passed();
    await services.steps.until('plain began, attempt 1, again');
    await services.steps.until('fails began, attempt 1, again');
    await services.steps.until('fails ended');
    await services.steps.until('a1 began, attempt 1, again');
    expect(await untilLetters(direct, 1)).toMatchObject([{ payload: { id: 'dies' } }]);
    await client.dispatch('shop', 'moved', { id: 'a3' });
    await services.steps.until('a3 ended');
    // What had ended, but was not acknowledged when the network went, comes once more, in its order.
    const order = services.runs.map(({ id }) => id).filter((id) => id.startsWith('a'));
    expect([...new Set(order)]).toEqual(['a1', 'a2', 'a3']);
    for (const id of ids) expect(services.unmarkedRunsOf(id).filter(({ attempt }) => attempt === 1)).toHaveLength(1);
    // Waiting behind a1, it begins before the loss is noticed, unmarked, or not until it comes again.
    expect(services.unmarkedRunsOf('a2').length).toBeLessThanOrEqual(1);
  });

  it('under a caller fails its call as soon as it is noticed, and has an idempotent one sent again', async () => {
    await services.start({ uri: world.rabbit.uri }, { only: 'stock' });
    const { count } = frailClient.rpc<StockCalls>('stock');
    const gates = ['plain', 'again'].map((id) => services.hold(id));
    const plain = count
      .with({ timeout: '1m' })('plain')
      .catch((error: unknown) => error);
    const again = count.with({ timeout: '1m', idempotent: true })('again');
    for (const id of ['plain', 'again']) await services.steps.until(`${id} began`);
    world.proxy.freeze();
    for (const gate of gates) gate.resolve();
    expect(await plain).toMatchObject({ code: 'MYCEL_DISCONNECTED' });
    await passed();
    expect(await again).toBe('counted again');
  });

  it('under a callee has its call run again and answered, and no call that may run once', async () => {
    await services.start({ uri: world.proxy.uri, heartbeat }, { only: 'stock' });
    const { count, countOnce } = client.rpc<StockCalls>('stock');
    const gates = ['plain', 'once'].map((id) => services.hold(id));
    const plain = count
      .with({ timeout: '1m' })('plain')
      .catch((error: unknown) => error);
    const once = countOnce
      .with({ timeout: '15s' })('once')
      .catch((error: unknown) => error);
    for (const id of ['plain', 'once']) await services.steps.until(`${id} began`);
    world.proxy.freeze();
    for (const gate of gates) gate.resolve();
    await passed();
    expect(await plain).toBe('counted plain');
    expect(await once).toMatchObject({ code: 'MYCEL_CALL_TIMEOUT' });
    expect(await count('next')).toBe('counted next');
    expect(services.runsOf('plain').length).toBeGreaterThanOrEqual(2); // a slow machine may lose its connection once more
    expect(services.runsOf('once')).toHaveLength(1);
  });

  it('at a start is waited for until it speaks', async () => {
    world.proxy.freeze();
    const starting = services.start({ uri: world.proxy.uri, connect_timeout: '500ms' }, { only: 'stock' });
    await expect.poll(() => world.proxy.size).toBeGreaterThan(2);
    world.proxy.thaw();
    await starting;
    await client.dispatch('shop', 'sold', { id: 'first' });
    await services.steps.until('first ended');
  });
});
