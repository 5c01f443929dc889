import { connect, createLogger, eventHandler, rpc, runServices, service, type ServiceRunner } from 'mycel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { NamekoPeer, pythonWithKombu } from '../support/nameko-peer.ts';

const heard: string[] = [];

@service('stock')
class Stock {
  @rpc hold(name: string): string {
    return `${name} was taken over`;
  }

  @eventHandler('shop', 'pooled') onPooled(id: number): void {
    heard.push(`pooled ${id}`);
  }

  @eventHandler('shop', 'fleeting', { reliable: false }) onFleeting(id: number): void {
    heard.push(`fleeting ${id}`);
  }

  @eventHandler('shop', 'single', { mode: 'singleton' }) onSingle(id: number): void {
    heard.push(`single ${id}`);
  }

  @eventHandler('shop', 'spread', { mode: 'broadcast' }) onSpread(id: number): void {
    heard.push(`spread ${id}`);
  }
}

const rabbit = useFreshVhost();
let python: NamekoPeer;
let runner: ServiceRunner | undefined;

beforeEach(async () => {
  python = new NamekoPeer(rabbit.uri);
  heard.length = 0;
});

afterEach(async () => {
  python[Symbol.dispose]();
  await runner?.stop();
});

async function startMycel(topology: 'nameko' | 'mycel' = 'nameko'): Promise<void> {
  runner = undefined;
  const config = { amqp: { uri: rabbit.uri, topology } };
  runner = await runServices([Stock], { config, logger: await createLogger({ level: 'silent' }) });
}

type Order = 'after' | 'before';

/** A replica in Python of one handler of the same service, started before or after the one in TypeScript. */
async function startBoth(order: Order, type: string, method: string, options: object): Promise<void> {
  if (order === 'after') await startMycel();
  const subscription = { op: 'subscribe', source: 'shop', type, service: 'stock', method, ...options };
  await python.ask(subscription, 'subscribed');
  if (order === 'before') await startMycel();
}

/** Dispatches ten events from Python and ten from TypeScript. Resolves with who got what once `expected` were handled. */
async function dispatchTwenty(type: string, expected: number): Promise<{ ours: string[]; theirs: string[] }> {
  await using client = await connect(rabbit.uri);
  for (let id = 0; id < 20; id += 2) {
    await python.ask({ op: 'dispatch', source: 'shop', type, payload: id }, 'dispatched');
    await client.dispatch('shop', type, id + 1);
  }
  const theirs = (): string[] => python.arrived('event').map(({ event }) => `${type} ${String(event)}`);
  await expect.poll(() => heard.length + theirs().length).toBe(expected);
  return { ours: heard, theirs: theirs() };
}

const all = (type: string) => Array.from({ length: 20 }, (_, id) => `${type} ${id}`).toSorted();
const both: Order[] = ['before', 'after'];

describe.skipIf(!pythonWithKombu)('handlers in Python and in TypeScript', () => {
  it.each(
    both.flatMap((order) => [
      [order, 'pooled', 'onPooled', {}] as const,
      [order, 'fleeting', 'onFleeting', { reliable: false }] as const,
      [order, 'single', 'anything', { handler: 'singleton', service: 'other' }] as const,
    ]),
  )('share a queue and its events, the Python one started %s: %s', async (order, type, method, options) => {
    await startBoth(order, type, method, options);
    const { ours, theirs } = await dispatchTwenty(type, 20);
    expect([...ours, ...theirs].toSorted()).toEqual(all(type));
    expect(ours.length).toBeGreaterThan(0);
    expect(theirs.length).toBeGreaterThan(0);
  });

  it('each get every event of a broadcast', async () => {
    await startBoth('after', 'spread', 'onSpread', { handler: 'broadcast', reliable: false });
    const { ours, theirs } = await dispatchTwenty('spread', 40);
    expect(ours.toSorted()).toEqual(all('spread'));
    expect(theirs.toSorted()).toEqual(all('spread'));
  });

  it('do not share a queue of another kind: the start fails, and says which option helps', async () => {
    await python.ask(
      { op: 'subscribe', source: 'shop', type: 'pooled', service: 'stock', method: 'onPooled' },
      'subscribed',
    );
    await expect(startMycel('mycel')).rejects.toMatchObject({
      code: 'MYCEL_TOPOLOGY',
      message: expect.stringContaining("set amqp.topology to 'nameko'") as string,
    });
  });
});

describe.skipIf(!pythonWithKombu)('a service with replicas in Python and in TypeScript', () => {
  it('answers a call from the one when the other crashes in the middle of it', async () => {
    await python.ask({ op: 'serve', service: 'stock' }, 'serving');
    await using client = await connect(rabbit.uri);
    const reply = client.rpc<Stock>('stock').hold.with({ timeout: '3m' })('order 7');
    expect(await python.next('holding')).toEqual({ holding: ['order 7'] });
    await startMycel();
    python.crash();
    expect(await reply).toBe('order 7 was taken over');
  });
});
