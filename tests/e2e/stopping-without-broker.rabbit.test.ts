import { connect } from 'mycel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../support/fault-proxy.ts';
import { MycelProcess, project } from '../support/mycel-process.ts';
import { type FreshVhost, freshVhost } from '../support/rabbit.ts';

let rabbit: FreshVhost;
let proxy: FaultProxy;

beforeEach(async () => {
  rabbit = await freshVhost();
  proxy = await FaultProxy.start(rabbit.uri);
});

afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await rabbit[Symbol.asyncDispose]();
});

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
  const args = ['run', '--define', `amqp.uri=${proxy.uri}`, '--define', 'shutdown_grace=1s', '--log-format', 'json'];
  const mycel = new MycelProcess([...args, 'shop.ts'], project({ 'shop.ts': source }));
  await mycel.until(/"msg":"started shop"/);
  return mycel;
}

describe('a process whose broker is away', () => {
  it('ends with 0 on SIGTERM while it tries to reconnect', async () => {
    const mycel = await start();
    proxy.refuse();
    proxy.cut();
    await mycel.until(/could not reconnect yet/);
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
  });

  it('ends with 0 on SIGTERM, within its time, though the broker says nothing any more', async () => {
    const mycel = await start();
    proxy.freeze();
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
    expect(mycel.stdout).not.toContain('did not stop in time');
  });

  it('serves again when the broker is back, however often it goes', async () => {
    const mycel = await start();
    await using client = await connect(rabbit.uri);
    const ping = client.rpc<ShopService>('shop').ping.with({ timeout: '1s' });
    for (let round = 0; round < 3; round++) {
      proxy.refuse();
      proxy.cut();
      await mycel.until(new RegExp(`(?:could not reconnect yet[^]*){${round + 1}}`));
      proxy.accept();
      await expect.poll(() => ping().catch(() => undefined), { timeout: 20_000 }).toBe('pong');
    }
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
    expect(mycel.stdout).not.toMatch(/"level":"error"|"level":50|unhandled/i);
  });
});
