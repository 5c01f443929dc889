import { connect as connectRaw } from 'amqplib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../support/fault-proxy.ts';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { GuardedServices, queues } from '../support/guarded-services.ts';
import { MycelProcess, project, runArguments } from '../support/mycel-process.ts';

const rabbit = useFreshVhost();
let services: GuardedServices;

beforeEach(async () => {
  services = new GuardedServices();
});

afterEach(async () => {
  await services.end();
});

/** Dispatches events without end, several at once, and says which of them the broker has; or calls for ever. */
const publisherTs = `
import { eventDispatcher, rpc, rpcProxy, service } from 'mycel';
const say = (what: string) => process.stdout.write('SAY ' + what + '.\\n');
@service('shop') export class Shop {
  dispatch = eventDispatcher();
  stock = rpcProxy<{ count(id: string): string }>('stock');
  @rpc async flood() {
    for (let id = 0; ; id += 10) {
      await Promise.all(Array.from({ length: 10 }, async (_, n) => {
        say('publishes ' + (id + n));
        await this.dispatch('sold', { id: String(id + n) });
        say('published ' + (id + n));
      }));
    }
  }
  @rpc async call() { await this.stock.count('orphan'); }
}
`;

async function startPublisher(uri: string, method: string): Promise<MycelProcess> {
  const args = runArguments('shop.ts', `amqp.uri=${uri}`);
  const folder = project({ 'shop.ts': publisherTs });
  const shop = new MycelProcess(args, folder);
  await shop.until(/"msg":"started shop"/);
  new MycelProcess(['call', '--timeout', '3m', `shop.${method}`, '--broker', rabbit.uri], folder).exit.catch(() => {});
  return shop;
}

function saidIds({ stdout }: MycelProcess, what: string): string[] {
  return [...stdout.matchAll(new RegExp(`SAY ${what} (\\d+)\\.`, 'g'))].map(([, id = '']) => id);
}

/** Takes what waits for the handler. */
async function waitingIds(): Promise<string[]> {
  const raw = await connectRaw(rabbit.uri);
  const channel = await raw.createChannel();
  const ids: string[] = [];
  for (let next = await channel.get(queues.sold); next; next = await channel.get(queues.sold))
    ids.push((JSON.parse(next.content.toString()) as { id: string }).id);
  await raw.close();
  return ids;
}

describe('a publisher that is killed', () => {
  it('loses no event whose dispatch had resolved, and doubles none', async () => {
    await (await services.start({ uri: rabbit.uri }, { only: 'stock' })).stop();
    const shop = await startPublisher(rabbit.uri, 'flood');
    await shop.until(/SAY published 200\./);
    shop.signal('SIGKILL');
    await shop.exit;
    const ids = await waitingIds();
    expect(new Set(ids).size).toBe(ids.length);
    expect(saidIds(shop, 'published').filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('while the broker says nothing loses what waited, of which no dispatch had resolved', async () => {
    await (await services.start({ uri: rabbit.uri }, { only: 'stock' })).stop();
    await using proxy = await FaultProxy.start(rabbit.uri);
    const shop = await startPublisher(proxy.uri, 'flood');
    await shop.until(/SAY published 20\./);
    proxy.freeze();
    await expect.poll(() => saidIds(shop, 'publishes').length > saidIds(shop, 'published').length).toBe(true);
    shop.signal('SIGKILL');
    await shop.exit;
    proxy.cut();
    const ids = await waitingIds();
    expect(saidIds(shop, 'published').filter((id) => !ids.includes(id))).toEqual([]);
    expect(saidIds(shop, 'publishes').length).toBeGreaterThan(saidIds(shop, 'published').length);
  });

  it('in the middle of a call leaves it to run, and disturbs no other', async () => {
    await services.start({ uri: rabbit.uri }, { only: 'stock' });
    const gate = services.hold('orphan');
    const shop = await startPublisher(rabbit.uri, 'call');
    await services.steps.until('orphan began');
    shop.signal('SIGKILL');
    await shop.exit;
    gate.resolve();
    await services.steps.until('orphan ended');
    expect(services.runsOf('orphan')).toHaveLength(1);
  });
});
