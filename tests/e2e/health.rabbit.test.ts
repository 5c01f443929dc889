import { connect as connectRaw } from 'amqplib';
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

/** A service without HTTP; handling an event lasts until somebody calls `release`. */
const source = `
import { eventHandler, rpc, rpcProxy, service } from 'mycel';
let release: () => void = () => {};
const released = new Promise<void>((resolve) => { release = resolve; });
@service('shop')
export class Shop {
  other = rpcProxy<{ never(): Promise<void> }>('shop');
  @rpc release() { release(); }
  @eventHandler('shop', 'sold') async onSold() { console.log('handling'); await released; console.log('handled'); }
}
`;
const queue = 'evt-shop-sold--shop.onSold';

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Started {
  readonly mycel: MycelProcess;
  readonly ask: (question: 'live' | 'ready' | 'startup') => Promise<Answer>;
}

async function start(): Promise<Started> {
  const defined = [`amqp.uri=${proxy.uri}`, 'health.address=127.0.0.1:0'].flatMap((option) => ['--define', option]);
  const mycel = new MycelProcess(
    ['run', ...defined, '--log-format', 'json', 'shop.ts'],
    project({ 'shop.ts': source }),
  );
  const [, url] = await mycel.until(/health server listens at (http:[^"]+)"[^]*"msg":"started shop"/);
  const ask: Started['ask'] = async (question) => {
    const response = await fetch(`${url}/health/${question}`);
    return { status: response.status, text: await response.text() };
  };
  return { mycel, ask };
}

const well = { status: 200 };
const slow = { timeout: 15_000 };

describe('the health of a process on RabbitMQ', () => {
  it('is ready once it has started, not while its connections are closed by an operator, and again when they are back', async () => {
    const { mycel, ask } = await start();
    expect(await ask('startup')).toMatchObject(well);
    const { status, text } = await ask('ready');
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      {
        services: [{ service: 'shop', checks: [{ name: 'rpc server' }, { name: 'event onSold', state: 'consuming' }] }],
        shared: [{ name: 'transport', state: 'open' }],
      },
    ]);
    proxy.refuse();
    await rabbit.closeConnections('maintenance');
    await expect.poll(() => ask('ready'), slow).toMatchObject({ status: 503 });
    await expect
      .poll(async () => (await ask('ready')).text, slow)
      .toMatch(/the connection was lost, and does not come/);
    expect((await ask('ready')).text).not.toContain(`:${new URL(rabbit.uri).password}@`);
    expect(await ask('live')).toMatchObject(well);
    proxy.accept();
    await expect.poll(() => ask('ready'), slow).toMatchObject(well);
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
  });

  it('is not ready while a consumer whose queue was deleted cannot be attached again', async () => {
    const { ask } = await start();
    const admin = await connectRaw(rabbit.uri);
    const channel = await admin.createChannel();
    // Together, so that the service finds a queue that is not as it declares it.
    await Promise.all([channel.deleteQueue(queue), channel.assertQueue(queue, { durable: false })]);
    await expect.poll(async () => (await ask('ready')).text, slow).toContain('PRECONDITION_FAILED');
    expect(await ask('ready')).toMatchObject({ status: 503 });
    await channel.deleteQueue(queue);
    await expect.poll(() => ask('ready'), slow).toMatchObject(well);
    expect(await rabbit.consumers(queue)).toBe(1);
    await admin.close();
  });

  it('is not ready from the signal on, while the work in flight ends', async () => {
    const { mycel, ask } = await start();
    await using client = await connect(rabbit.uri);
    await client.dispatch('shop', 'sold', {});
    await mycel.until(/handling/);
    mycel.signal('SIGTERM');
    await mycel.until(/SIGTERM: stopping/);
    expect(await ask('ready')).toMatchObject({
      status: 503,
      text: expect.stringContaining('"state":"stopping"') as string,
    });
    expect(await ask('live')).toMatchObject(well);
    expect(mycel.stdout).not.toContain('handled');
    await client.rpc<{ release(): Promise<void> }>('shop').release();
    expect(await mycel.exit).toBe(0);
    expect(mycel.stdout).toContain('handled');
  });
});
