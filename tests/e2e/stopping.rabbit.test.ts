import { connect } from 'mycel';
import { describe, expect, it } from 'vitest';
import { countReady } from '../support/dead-letters.ts';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { MycelProcess, project, runArguments } from '../support/mycel-process.ts';

const rabbit = useFreshVhost();

/** Works until a line comes on its standard input; says on its standard output what it does. */
const worker = `
import { once } from 'node:events';
import { eventHandler, rpc, service } from 'mycel';
process.stdin.setEncoding('utf8');
const say = (what: string) => process.stdout.write('SAY ' + what + '\\n');
@service('worker')
export class Worker {
  @rpc async hold(name: string) {
    say('began ' + name);
    await once(process.stdin, 'data');
    say('ended ' + name);
    return name + ' by ' + process.pid;
  }
  @rpc pid() { return process.pid; }
  @eventHandler('shop', 'sold') async onSold(id: number) {
    say('event ' + id);
    await once(process.stdin, 'data');
    say('handled ' + id);
  }
}
`;

interface WorkerService {
  hold(name: string): Promise<string>;
  pid(): Promise<number>;
}

async function start(...options: readonly string[]): Promise<MycelProcess> {
  const args = runArguments('worker.ts', `amqp.uri=${rabbit.uri}`, 'shutdown_grace=2m', ...options);
  const mycel = new MycelProcess(args, project({ 'worker.ts': worker }));
  await mycel.until(/"msg":"started worker"/);
  return mycel;
}

describe('SIGTERM in the middle of work', () => {
  it('lets a call finish and answers it, takes no new one, and ends with 0', async () => {
    const stopping = await start();
    await using client = await connect(rabbit.uri);
    const answer = client.rpc<WorkerService>('worker').hold.with({ timeout: '3m' })('first');
    await stopping.until(/SAY began first/);
    stopping.signal('SIGTERM');
    await stopping.until(/SIGTERM: stopping/);
    await expect.poll(() => rabbit.consumers('rpc-worker')).toBe(0);
    const next = client.rpc<WorkerService>('worker').pid.with({ timeout: '3m' })();
    stopping.write('go');
    expect(await answer).toMatch(/^first by \d+$/);
    expect(await stopping.exit).toBe(0);
    const successor = await start();
    expect(await next).not.toBe(Number((await answer).split(' ').at(-1)));
    successor.signal('SIGTERM');
    expect(await successor.exit).toBe(0);
  });

  it('lets an event handler finish and leaves nothing behind in its queue', async () => {
    const stopping = await start();
    await using client = await connect(rabbit.uri);
    await client.dispatch('shop', 'sold', 7);
    await stopping.until(/SAY event 7/);
    stopping.signal('SIGTERM');
    await stopping.until(/SIGTERM: stopping/);
    stopping.write('go');
    expect(await stopping.exit).toBe(0);
    expect(stopping.stdout).toContain('SAY handled 7');
    expect(await countReady(rabbit.uri, 'evt-shop-sold--worker.onSold')).toBe(0);
  });

  it('hands back the events that wait for a worker, none lost', async () => {
    const stopping = await start('max_workers=1');
    await using client = await connect(rabbit.uri);
    for (const id of [1, 2, 3]) await client.dispatch('shop', 'sold', id);
    await stopping.until(/SAY event 1/);
    stopping.signal('SIGTERM');
    await stopping.until(/SIGTERM: stopping/);
    stopping.write('go');
    expect(await stopping.exit).toBe(0);
    const successor = await start();
    await successor.until(/SAY event 2[^]*SAY event 3|SAY event 3[^]*SAY event 2/);
    expect(successor.stdout).not.toContain('SAY event 1\n');
  });

  it('gives work up that outlasts the grace period: another instance does it', async () => {
    const stopping = await start('shutdown_grace=50ms');
    await using client = await connect(rabbit.uri);
    const answer = client.rpc<WorkerService>('worker').hold.with({ timeout: '3m' })('long');
    await stopping.until(/SAY began long/);
    stopping.signal('SIGTERM');
    expect(await stopping.exit).toBe(0);
    const successor = await start();
    await successor.until(/SAY began long/);
    successor.write('go');
    expect(await answer).toMatch(/^long by \d+$/);
  });

  it('ends at once on a second signal', async () => {
    const stopping = await start();
    await using client = await connect(rabbit.uri);
    client
      .rpc<WorkerService>('worker')
      .hold('for ever')
      .catch(() => {}); // nobody will answer
    await stopping.until(/SAY began for ever/);
    stopping.signal('SIGTERM');
    await stopping.until(/SIGTERM: stopping/);
    stopping.signal('SIGTERM');
    expect(await stopping.exit).toBe(143);
  });
});

describe('replicas', () => {
  it('share the calls to their service, and take over from one that is killed', async () => {
    const replicas = [await start(), await start(), await start()];
    await using client = await connect(rabbit.uri);
    const pids = await Promise.all(Array.from({ length: 60 }, () => client.rpc<WorkerService>('worker').pid()));
    expect(new Set(pids).size).toBe(3);
    const answer = client.rpc<WorkerService>('worker').hold.with({ timeout: '3m' })('handed over');
    const holder = await Promise.any(replicas.map((replica) => replica.until(/SAY began/).then(() => replica)));
    holder.signal('SIGKILL');
    const others = replicas.filter((replica) => replica !== holder);
    const successor = await Promise.any(others.map((replica) => replica.until(/SAY began/).then(() => replica)));
    successor.write('go');
    expect(await answer).toMatch(/^handed over by \d+$/);
  });
});
