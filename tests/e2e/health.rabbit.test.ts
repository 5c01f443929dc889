import { connect as connectRaw } from 'amqplib';
import { connect } from 'mycel';
import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../support/amqp-world.ts';
import { MycelProcess, project, runArguments } from '../support/mycel-process.ts';

const world = useAmqpWorld();

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
  const args = runArguments('shop.ts', `amqp.uri=${world.proxy.uri}`, 'health.address=127.0.0.1:0');
  const mycel = new MycelProcess(args, project({ 'shop.ts': source }));
  const [, url] = await mycel.until(/health server listens at (http:[^"]+)"[^]*"msg":"started shop"/);
  const ask: Started['ask'] = async (question) => {
    const response = await fetch(`${url}/health/${question}`);
    return { status: response.status, text: await response.text() };
  };
  return { mycel, ask };
}

const well = { status: 200 };

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
    world.proxy.refuse();
    await world.rabbit.closeConnections('maintenance');
    await expect.poll(() => ask('ready')).toMatchObject({ status: 503 });
    await expect.poll(async () => (await ask('ready')).text).toMatch(/the connection was lost, and does not come/);
    expect((await ask('ready')).text).not.toContain(`:${new URL(world.rabbit.uri).password}@`);
    expect(await ask('live')).toMatchObject(well);
    world.proxy.accept();
    await expect.poll(() => ask('ready')).toMatchObject(well);
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
  });

  it('is not ready while a consumer whose queue was deleted cannot be attached again', async () => {
    const { ask } = await start();
    const admin = await connectRaw(world.rabbit.uri);
    const channel = await admin.createChannel();
    // Together, so that the service finds a queue that is not as it declares it.
    await Promise.all([channel.deleteQueue(queue), channel.assertQueue(queue, { durable: false })]);
    await expect.poll(async () => (await ask('ready')).text).toContain('PRECONDITION_FAILED');
    expect(await ask('ready')).toMatchObject({ status: 503 });
    await channel.deleteQueue(queue);
    await expect.poll(() => ask('ready')).toMatchObject(well);
    expect(await world.rabbit.consumers(queue)).toBe(1);
    await admin.close();
  });

  it('is not ready from the signal on, while the work in flight ends', async () => {
    const { mycel, ask } = await start();
    await using client = await connect(world.rabbit.uri);
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
