import { connect } from 'mycel';
import { AmqpTransport } from 'mycel/amqp';
import { describe, expect, it } from 'vitest';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { MycelProcess, project, runArguments } from '../support/mycel-process.ts';

const rabbit = useFreshVhost();

/** Dies of one event, as of a memory that is full, and handles the others. */
const worker = `
import { eventHandler, service, workerContext } from 'mycel';
@service('worker')
export class Worker {
  context = workerContext();
  @eventHandler('shop', 'sold', { onError: 'retry' }) async onSold(name: string) {
    if (name === 'poison') process.kill(process.pid, 'SIGKILL');
    await new Promise(setImmediate);
    process.stdout.write('HANDLED ' + name + (this.context.delivery.redelivered ? ' again' : '') + '.\\n');
  }
}
`;

interface Letter {
  readonly reason: string;
  readonly payload: unknown;
}

async function letters(): Promise<Letter[]> {
  const transport = new AmqpTransport({ uri: rabbit.uri });
  await transport.open();
  const found: Letter[] = [];
  await transport.deadLetters.sortOut((letter) => {
    found.push(letter);
    return 'keep';
  });
  await transport.close();
  return found;
}

describe.each(['mycel', 'nameko'])(
  'an event that kills every process which takes it, with the topology %s',
  (topology) => {
    it('is a dead letter in the end, and its neighbours, which die with it as often, are handled', async () => {
      const folder = project({ 'worker.ts': worker });
      const options = [`amqp.uri=${rabbit.uri}`, `amqp.topology=${topology}`, 'events.poison_after=3'];
      const args = runArguments('worker.ts', ...options);
      const first = new MycelProcess(args, folder);
      await first.until(/"msg":"started worker"/);
      first.signal('SIGTERM');
      await first.exit;
      await using client = await connect(rabbit.uri);
      for (const name of ['early', 'poison', 'late', 'last']) await client.dispatch('shop', 'sold', name);
      const awaited = ['HANDLED early', 'HANDLED late', 'HANDLED last', 'is not tried on an event again'];
      let output = '';
      for (let lives = 0; lives < 10; lives++) {
        const left = awaited.filter((text) => !output.includes(text)).map((text) => new RegExp(text));
        const mycel = new MycelProcess(args, folder);
        const isDone = await Promise.all(left.map((pattern) => mycel.until(pattern))).then(
          () => true,
          () => false,
        );
        if (isDone) mycel.signal('SIGTERM');
        expect(await mycel.exit).toBe(isDone ? 0 : 'SIGKILL');
        output += mycel.stdout;
        if (isDone) break;
      }
      const handled = [...output.matchAll(/HANDLED (\w+)( again)?/g)];
      const names = new Set(handled.map(([, name = '']) => name));
      expect([...names].toSorted((one, other) => one.localeCompare(other))).toEqual(['early', 'last', 'late']);
      // One that was done right before a death may come back, marked.
      const firsts = handled.filter(([, , again]) => again === undefined).map(([, name]) => name);
      expect(firsts).toEqual([...new Set(firsts)]);
      const found = await letters();
      const isPoison = ({ reason, payload }: Letter): boolean => reason === 'poison' && payload === 'poison';
      expect(found.filter((letter) => !isPoison(letter))).toEqual([]);
      // Where the queue does not count, a copy does, and a process may die between that and the acknowledgement.
      if (topology === 'mycel') expect(found).toHaveLength(1);
    });
  },
);
