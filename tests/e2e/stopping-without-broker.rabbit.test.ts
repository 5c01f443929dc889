import { connect } from 'mycel';
import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../support/amqp-world.ts';
import { MycelProcess, project, runArguments } from '../support/mycel-process.ts';

const world = useAmqpWorld();

const source = `
import { eventDispatcher, eventHandler, rpc, rpcProxy, service } from 'mycel';
@service('shop')
export class Shop {
  dispatch = eventDispatcher();
  other = rpcProxy<{ never(): Promise<void> }>('shop');
  @rpc ping() { return 'pong'; }
  @eventHandler('shop', 'sold') onSold() {}
  @eventHandler('shop', 'told', { mode: 'broadcast' }) onTold() {}
}
`;

interface ShopService {
  ping(): Promise<string>;
}

async function start(): Promise<MycelProcess> {
  const args = runArguments('shop.ts', `amqp.uri=${world.proxy.uri}`, 'shutdown_grace=30s');
  const mycel = new MycelProcess(args, project({ 'shop.ts': source }));
  await mycel.until(/"msg":"started shop"/);
  return mycel;
}

describe('a process whose broker is away', () => {
  it('ends with 0 on SIGTERM while it tries to reconnect', async () => {
    const mycel = await start();
    world.proxy.refuse();
    world.proxy.cut();
    await mycel.until(/does not come back yet/);
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
  });

  it('ends with 0 on SIGTERM, within its time, though the broker says nothing any more', async () => {
    const mycel = await start();
    world.proxy.freeze();
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
    expect(mycel.stdout).not.toContain('did not stop in time');
  });

  it('serves again when the broker is back, however often it goes', async () => {
    const mycel = await start();
    await using client = await connect(world.rabbit.uri);
    const ping = client.rpc<ShopService>('shop').ping.with({ timeout: '1s' });
    for (let round = 0; round < 3; round++) {
      world.proxy.refuse();
      world.proxy.cut();
      await mycel.until(new RegExp(`(?:does not come back yet[^]*){${round + 1}}`));
      world.proxy.accept();
      await expect.poll(() => ping().catch(() => undefined)).toBe('pong');
    }
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
    expect(mycel.stdout).not.toMatch(/"level":"error"|"level":50|unhandled/i);
  });
});
