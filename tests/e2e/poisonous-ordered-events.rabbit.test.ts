import { connect } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { describe, expect, it } from 'vitest';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { MycelProcess, project } from '../support/mycel-process.ts';

const rabbit = useFreshVhost();

/** Keeps all events in one order. Ends its process on those named for how, handles slow ones when it stops, and the others at once. */
const worker = `
import { eventHandler, service } from 'mycel';
@service('worker')
export class Worker {
  @eventHandler('shop', 'sold', { orderBy: () => 'one key' }) async onSold(name: string) {
    process.stdout.write('BEGAN ' + name + '.\\n');
    if (name === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
    if (name === 'stray error') {
      setTimeout(() => { throw new Error('nobody catches it'); });
      await new Promise(() => {});
    }
    if (name.startsWith('slow')) await new Promise((resolve) => process.once('SIGTERM', () => setTimeout(resolve, 200)));
    process.stdout.write('HANDLED ' + name + '.\\n');
  }
}
`;

const poisonAfter = 3;

/** The first two returns, which make it a suspect, are taken for deaths. */
const trials = 1;

function run(folder: string): MycelProcess {
  const options = [`amqp.uri=${rabbit.uri}`, `events.poison_after=${poisonAfter}`];
  const defined = options.flatMap((option) => ['--define', option]);
  return new MycelProcess(['run', ...defined, '--log-format', 'json', 'worker.ts'], folder);
}

async function dispatch(names: readonly string[]): Promise<void> {
  await using client = await connect(rabbit.uri);
  for (const name of names) await client.dispatch('shop', 'sold', name);
}

async function letters(): Promise<unknown[]> {
  const transport = new AmqpTransport({ uri: rabbit.uri });
  await transport.open();
  const found: unknown[] = [];
  await transport.deadLetters.sortOut(({ reason, payload }) => {
    found.push([reason, payload]);
    return 'keep';
  });
  await transport.close();
  return found;
}

describe('an ordered event that ends every process which takes it', () => {
  it.each<[poison: string, exit: unknown]>([
    ['SIGKILL', 'SIGKILL'],
    ['stray error', 1],
  ])(
    'is a dead letter once it was tried alone and nobody outlived that, and those that came back as often are not: %s',
    async (poison, exit) => {
      const folder = project({ 'worker.ts': worker });
      const slow = ['slow 1', 'slow 2', 'slow 3'];
      let output = '';
      for (const name of slow) {
        const mycel = run(folder);
        await mycel.until(/"msg":"started worker"/);
        if (name === slow[0]) await dispatch([...slow, poison, 'late', 'last']);
        await mycel.until(new RegExp(`BEGAN ${name}`));
        mycel.signal('SIGTERM');
        expect(await mycel.exit).toBe(0);
        output += mycel.stdout;
      }
      for (let deaths = 0; ; deaths++) {
        const mycel = run(folder);
        const isDone = await mycel.until(/HANDLED last/).then(
          () => true,
          () => false,
        );
        if (isDone) mycel.signal('SIGTERM');
        expect(await mycel.exit).toBe(isDone ? 0 : exit);
        output += mycel.stdout;
        if (!isDone) continue;
        expect(deaths).toBe(trials);
        break;
      }
      const handled = [...output.matchAll(/HANDLED ([\w ]+)/g)].map(([, name]) => name);
      expect(handled).toEqual([...slow, 'late', 'last']);
      expect(await letters()).toEqual([['poison', poison]]);
    },
  );
});
