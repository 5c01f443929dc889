import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deadLetterQueue } from '../../packages/mycel/src/amqp/topology.ts';
import { connectTo, countReady, handlerQueue, putLetters, takeAll } from '../support/dead-letters.ts';
import { HeldProxy } from '../support/held-proxy.ts';
import { MycelProcess, project, runMycel } from '../support/mycel-process.ts';
import { freshVhost } from '../support/rabbit.ts';
import { Terminal } from '../support/terminal.ts';

const stockTs = `
import { existsSync } from 'node:fs';
import { eventHandler, service, workerContext } from 'mycel';
@service('stock') export class Stock {
  context = workerContext();
  @eventHandler('shop', 'sold', { retry: { attempts: 1 } }) onSold({ id }: { id: string }): void {
    if (existsSync('broken')) throw new RangeError('no stock for ' + id);
    const { redelivered, replayOf } = this.context.delivery ?? {};
    console.log('handled ' + id + (redelivered ? ' flagged' : ' first') + (replayOf ? ' replayed' : ''));
  }
}
`;
const onSold = handlerQueue('stock', 'onSold');
const root = join(import.meta.dirname, '../..');
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Runs `mycel dead-letters`. */
function letters(broker: string, ...args: string[]) {
  return runMycel(['dead-letters', ...args, '--broker', broker], root);
}

/** Waits until a queue has so many messages: a broker learns that a client is gone when it is gone. */
async function untilReady(broker: string, queue: string, count: number): Promise<void> {
  while ((await countReady(broker, queue)) < count);
}

/** Waits for the first message of a queue, and leaves it there. */
async function untilFirst(broker: string, queue: string): Promise<void> {
  const connection = await connectTo(broker);
  const channel = await connection.openChannel();
  await new Promise<void>((resolve, reject) => {
    channel.consume(queue, () => resolve()).catch(reject);
  });
  await connection.close();
}

/** RabbitMQ, and the embedded broker in a process of its own. */
async function startBroker(name: string): Promise<string> {
  if (name === 'RabbitMQ') {
    const rabbit = await freshVhost();
    onTestFinished(() => rabbit[Symbol.asyncDispose]());
    return rabbit.uri;
  }
  const mycel = new MycelProcess(['broker', '--port', '0'], root);
  const [, port] = await mycel.until(/amqp:\/\/\S*?:(\d+)/);
  return `amqp://guest:guest@127.0.0.1:${port}`;
}

test('an event that failed is found, shown, and replayed to its handler once that is mended', async () => {
  await using rabbit = await freshVhost();
  const folder = project({ 'stock.ts': stockTs, broken: '' });
  const service = new MycelProcess(['run', 'stock.ts'], folder, { AMQP_URI: rabbit.uri });
  await service.until(/"msg":"started/);
  await runMycel(['dispatch', 'shop', 'sold', '{"id": "a-1"}', '--broker', rabbit.uri], folder);
  await service.until(/"level":"error".*no stock for a-1/);
  const { stdout: table } = await letters(rabbit.uri, 'list');
  const [, id = ''] =
    /^ID .*\n(\w{8}) +\d+[sm] +stock\.onSold +failed +1 +RangeError: no stock for a-1\n\n1 dead letter\n$/.exec(
      table,
    ) ?? [];
  const shown = await letters(rabbit.uri, 'show', id);
  expect(shown.stdout).toContain('stock.onSold  failed after 1 attempt');
  expect(shown.stdout).toContain('{\n  "id": "a-1"\n}');
  const [, command = ''] = /mycel (dead-letters replay \S+)/.exec(shown.stdout) ?? [];
  rmSync(join(folder, 'broken'));
  const replayed = await letters(rabbit.uri, ...command.split(' ').slice(1));
  expect([replayed.code, replayed.stdout]).toEqual([0, 'replayed 1 dead letter\n']);
  await service.until(/handled a-1 \w+ replayed/);
  expect((await letters(rabbit.uri, 'list')).stdout).toMatch(/^no dead letters at amqp:/);
});

describe.each(['RabbitMQ', 'the embedded broker'])('a replay that is killed, on %s,', (name) => {
  test('before it has published has done nothing', async () => {
    const broker = await startBroker(name);
    await putLetters(broker, [{ id: 'l-1' }], [onSold]);
    await using proxy = await HeldProxy.start(broker, 'basic.publish');
    const killed = new MycelProcess(['dead-letters', 'replay', '--all', '--yes', '--broker', proxy.uri], root);
    await proxy.held;
    killed.signal('SIGKILL');
    expect(await killed.exit).toBe('SIGKILL');
    await untilReady(broker, deadLetterQueue.queue, 1);
    expect(await countReady(broker, onSold)).toBe(0);
    expect((await letters(broker, 'replay', '--all', '--yes')).stdout).toBe('replayed 1 dead letter\n');
    expect(await takeAll(broker, onSold)).toHaveLength(1);
  });

  test('before it has deleted the letter loses nothing, and the handler is told of the second one', async () => {
    const broker = await startBroker(name);
    await putLetters(broker, [{ id: 'l-1', payload: { id: 'a-1' } }], [onSold]);
    await using proxy = await HeldProxy.start(broker, 'basic.ack');
    const killed = new MycelProcess(['dead-letters', 'replay', '--all', '--yes', '--broker', proxy.uri], root);
    await proxy.held;
    killed.signal('SIGKILL');
    expect(await killed.exit).toBe('SIGKILL');
    await untilReady(broker, deadLetterQueue.queue, 1);
    expect((await letters(broker, 'replay', 'l-1', '--yes')).stdout).toBe('replayed 1 dead letter\n');
    const service = new MycelProcess(['run', 'stock.ts'], project({ 'stock.ts': stockTs }), { AMQP_URI: broker });
    await service.until(/handled a-1 first replayed[^]*handled a-1 flagged replayed/);
    expect(await countReady(broker, deadLetterQueue.queue)).toBe(0);
  });
});

test('exit codes tell what was not done, and ctrl-c ends with the letter in hand', async () => {
  await using rabbit = await freshVhost();
  const specs = ['l-1', 'l-2', 'l-3'].map((id) => ({ id }));
  await putLetters(rabbit.uri, [...specs, { id: 'g-1', service: 'gone' }], [onSold]);
  const outcomes = await Promise.all([
    letters(rabbit.uri, 'show', 'x'),
    letters(rabbit.uri, 'drop', '--service', 'none', '--yes'),
    letters(rabbit.uri, 'replay'),
    letters(rabbit.uri, 'replay', '--all'),
    letters('amqp://127.0.0.1:1', 'list'),
  ]);
  expect(outcomes.map(({ code }) => code)).toEqual([66, 0, 2, 2, 69]);
  const gone = await letters(rabbit.uri, 'replay', '--service', 'gone', '--yes');
  expect([gone.code, gone.stdout]).toEqual([74, 'replayed 0 dead letters\n']);
  expect(gone.stderr).toMatch(
    /^mycel: 1 dead letter stays \(gone\.onSold\): the queue evt-shop-sold--gone\.onSold is gone/,
  );
  const slow = new MycelProcess(
    ['dead-letters', 'replay', '-s', 'stock', '--rate', '1/h', '--yes', '-b', rabbit.uri],
    root,
  );
  await untilFirst(rabbit.uri, onSold);
  slow.signal('SIGINT');
  expect([await slow.exit, slow.stdout]).toEqual([130, 'interrupted: replayed 1 dead letter\n']);
  const left = await letters(rabbit.uri, 'list', '--json');
  expect(left.stdout.split('\n').map((line) => /"id":"(.-\d)"/.exec(line)?.[1])).toEqual([
    'l-2',
    'l-3',
    'g-1',
    undefined,
  ]);
});

test('on a terminal it asks, shows a table that fits, and takes a no', async () => {
  await using rabbit = await freshVhost();
  const specs = ['l-1', 'l-2', 'l-3'].map((id) => ({ id }));
  await putLetters(rabbit.uri, specs, [onSold]);
  const entry = join(root, 'tests/support/mycel-from-source.ts');
  const run = (...args: string[]): Terminal =>
    new Terminal(
      [process.execPath, '--import', tsx, '--conditions=@mycel/source', entry, 'dead-letters', ...args],
      root,
      { PATH: process.env['PATH'] ?? '', TERM: 'xterm', AMQP_URI: rabbit.uri },
    );
  const refused = run('drop', '--service', 'stock');
  await refused.shows(/drop 3 dead letters \(stock\.onSold 3\)\? \[y\/N\] /);
  refused.type('n\r');
  await refused.shows(/nothing was dropped/);
  expect(await refused.exit).toBe(1);
  const agreed = run('drop', '--all', '--limit', '2');
  await agreed.shows(/drop 2 dead letters/);
  agreed.type('y\r');
  await agreed.shows(/dropped 2 dead letters/);
  expect(await agreed.exit).toBe(0);
  const list = run('list');
  await list.shows(/l-3 +\S+ +stock\.onSold +failed +5 +Error: no stock for l-3\n\n1 dead letter\n/);
});
