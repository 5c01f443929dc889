import { connect } from 'mycel';
import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../support/amqp-world.ts';
import { MycelProcess, project, runArguments, runMycel } from '../support/mycel-process.ts';

const world = useAmqpWorld();

const source = `
import { eventHandler, rpc, rpcProxy, service } from 'mycel';
@service('shop')
export class Shop {
  other = rpcProxy<{ never(): Promise<void> }>('shop');
  @rpc ping() { return 'pong'; }
  @eventHandler('shop', 'sold') onSold() {}
}
`;
const withHttp = source
  .replace('rpcProxy,', 'rpcProxy, http,')
  .replace('@rpc ping', "@http('GET', '/shop') list() { return 'all'; }\n  @rpc ping");

function start(uri: string, defined: readonly string[] = [], text = source): MycelProcess {
  const health = text === source ? 'health.address=127.0.0.1:0' : 'web.address=127.0.0.1:0';
  return new MycelProcess(runArguments('shop.ts', `amqp.uri=${uri}`, health, ...defined), project({ 'shop.ts': text }));
}

async function ask(url: string | undefined, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, text: await response.text() };
}

function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('a start without a broker', () => {
  it.each([
    ['a port of its own', source, /health server listens at (http:[^"]+)"/],
    ['the web server', withHttp, /web server listens at (http:[^"]+)"/],
  ])('waits, tells why on %s, and works once the broker is there', async (_where, text, address) => {
    world.proxy.refuse();
    const mycel = start(world.proxy.uri, [], text);
    const [, url] = await mycel.until(address);
    await mycel.until(/cannot connect to the broker[^"]*waiting for it \(amqp\.startup: wait\)/);
    expect(await ask(url, '/health/live')).toMatchObject({ status: 200 });
    for (const question of ['startup', 'ready'])
      expect(await ask(url, `/health/${question}`)).toMatchObject({
        status: 503,
        text: expect.stringContaining('transport: connection: cannot connect to the broker') as string,
      });
    expect(mycel.stdout).not.toContain(`:${new URL(world.rabbit.uri).password}@`);
    if (text === withHttp) expect(await ask(url, '/shop')).toMatchObject({ status: 503 });
    world.proxy.accept();
    await mycel.until(/"msg":"started shop"/);
    expect(await ask(url, '/health/ready')).toMatchObject({ status: 200 });
    await using client = await connect(world.rabbit.uri);
    expect(await client.rpc<{ ping(): string }>('shop').ping()).toBe('pong');
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
  });

  it.each([
    ['a host that nobody knows', 'amqp://nobody.invalid/', /nobody\.invalid[^"]*(?:ENOTFOUND|EAI_AGAIN)/],
    ['a port where nobody listens', 'amqp://127.0.0.1:1/', /ECONNREFUSED/],
  ])('tells of %s once, and ends with 0 at once when it is asked to', async (_what, uri, reason) => {
    const mycel = start(uri);
    await mycel.until(/"level":"?(?:warn|40)[^\n]*waiting for it/);
    await mycel.until(reason);
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
    expect(times(mycel.stdout, 'waiting for it')).toBe(1);
  });

  it('tells of a wrong password and of a virtual host that is not there, and goes on trying', async () => {
    const wrong = new URL(world.rabbit.uri);
    wrong.password = 'hunter2';
    const nowhere = new URL(world.rabbit.uri);
    nowhere.pathname = '/not-there';
    const mycel = start(`${wrong.href};${nowhere.href}`);
    await mycel.until(/refused[^"]*waiting for it/);
    expect(mycel.stdout).toMatch(/not-there/);
    expect(mycel.stdout).not.toContain('hunter2');
    mycel.signal('SIGINT');
    expect(await mycel.exit).toBe(0);
  });

  it('ends with 69 when amqp.startup_timeout is over', async () => {
    const defined = ['amqp.uri=amqp://127.0.0.1:1/', 'amqp.startup_timeout=2s'];
    const { code, stderr } = await runMycel(runArguments('shop.ts', ...defined), project({ 'shop.ts': source }));
    expect(stderr).toMatch(
      /^mycel: no broker took this process within 2000 ms \(amqp\.startup_timeout\): .*ECONNREFUSED/,
    );
    expect(code).toBe(69);
  });
});

describe('a connection that does not come back', () => {
  it('ends the process with 1 when amqp.reconnect_timeout is over', async () => {
    const mycel = start(world.proxy.uri, ['amqp.reconnect_timeout=300ms', 'shutdown_grace=1s']);
    await mycel.until(/"msg":"started shop"/);
    world.proxy.refuse();
    world.proxy.cut();
    await mycel.until(/within 300 ms \(amqp\.reconnect_timeout\)/);
    expect(await mycel.exit).toBe(1);
    expect(mycel.stdout).toContain('the services cannot go on and are stopped');
  });
});
