import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { MycelProcess, project, runMycel } from '../support/mycel-process.ts';

/** A service that says which process answered, and one that calls it from a process of its own. */
const echo = `
import { rpc, service } from 'mycel';
@service('echo') export class Echo { @rpc where(): number { return process.pid; } }
`;
const caller = `
import { rpc, rpcProxy, service } from 'mycel';
import type { Echo } from './echo.ts';
@service('caller') export class Caller {
  echo = rpcProxy<Echo>('echo');
  @rpc async ask(): Promise<number> { return this.echo.where(); }
}
`;
const third = `
import { rpc, service } from 'mycel';
@service('third') export class Third { @rpc three(): number { return 3; } }
`;

/** A project of three services whose processes meet on a port of their own. */
async function threeServices(): Promise<{ folder: string; port: number; env: { MYCEL_BROKER_PORT: string } }> {
  const [port = 0] = await freePorts(1);
  const folder = project({ 'echo.ts': echo, 'caller.ts': caller, 'third.ts': third });
  return { folder, port, env: { MYCEL_BROKER_PORT: String(port) } };
}

async function started(module: string, folder: string, env: Readonly<Record<string, string>>): Promise<MycelProcess> {
  const mycel = new MycelProcess(['run', module, '--log-format', 'json'], folder, env);
  await mycel.until(/"msg":"started /);
  return mycel;
}

/** Calls from the command line until it is answered: after a loss the processes come back one by one. */
async function call(rpc: string, folder: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  for (;;) {
    const { code, stdout, stderr } = await runMycel(['call', '--timeout', '2s', rpc], folder, env);
    if (code === 0) return JSON.parse(stdout);
    if (![68, 69, 75].includes(Number(code))) throw new Error(`${rpc} ended with ${code}: ${stderr}`);
  }
}

test('services of two processes, a shell and a call meet without any configuration', async () => {
  const { folder, port, env } = await threeServices();
  const first = await started('echo.ts', folder, env);
  expect(first.stdout).toContain(`amqp://127.0.0.1:${port}/ (embedded, in this process; keeps nothing)`);
  const second = await started('caller.ts', folder, env);
  expect(second.stdout).toMatch(new RegExp(`amqp://127.0.0.1:${port}/ \\(embedded, in process \\d+`));
  expect(await call('caller.ask', folder, env)).toEqual(expect.any(Number));
  const shell = new MycelProcess(['shell'], folder, env);
  shell.endInput('console.log(await n.rpc.caller.ask() === await n.rpc.echo.where())');
  expect([await shell.exit, shell.stdout]).toEqual([0, 'true\n']);
  const { stdout } = await runMycel(['services', '--json', '--timeout', '1m'], folder, env);
  expect((JSON.parse(stdout) as { services: { name: string }[] }).services.map(({ name }) => name)).toEqual([
    'caller',
    'echo',
  ]);
});

test('the broker moves to another process when the one that hosts it is killed, in whatever order', async () => {
  const { folder, env } = await threeServices();
  const host = await started('third.ts', folder, env);
  const one = await started('echo.ts', folder, env);
  const two = await started('caller.ts', folder, env);
  expect(await call('caller.ask', folder, env)).toEqual(expect.any(Number));
  host.signal('SIGKILL');
  await host.exit;
  expect(await call('caller.ask', folder, env)).toEqual(expect.any(Number));
  one.signal('SIGKILL');
  await one.exit;
  await started('third.ts', folder, env);
  expect(await call('third.three', folder, env)).toBe(3);
  await started('echo.ts', folder, env);
  expect(await call('caller.ask', folder, env)).toEqual(expect.any(Number));
  two.signal('SIGTERM');
  expect(await two.exit).toBe(0);
  expect(await call('third.three', folder, env)).toBe(3);
});

test('processes that start at the same moment share one broker', async () => {
  const { folder, env } = await threeServices();
  const all = await Promise.all(['echo.ts', 'caller.ts', 'third.ts'].map((module) => started(module, folder, env)));
  expect(all.filter(({ stdout }) => stdout.includes('(embedded, in this process'))).toHaveLength(1);
  expect(await call('caller.ask', folder, env)).toEqual(expect.any(Number));
});

test('whoever only asks is told that nothing runs, and what to do', async () => {
  const { folder, port, env } = await threeServices();
  for (const args of [['call', 'echo.where'], ['services'], ['dispatch', 'shop', 'sold']]) {
    const { code, stdout, stderr } = await runMycel(args, folder, env);
    expect([code, stdout]).toEqual([69, '']);
    expect(stderr).toBe(
      `mycel: no broker is configured, and no embedded one runs on this machine (port ${port}); start services with 'mycel run', or set amqp.uri (AMQP_URI) to a broker's\n`,
    );
  }
});

test('a port that another program holds is told, with what to do', async () => {
  const { folder, port, env } = await threeServices();
  const other = createServer((socket) => socket.end('220 mail\r\n')).listen(port, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { code, stderr } = await runMycel(['run', 'echo.ts'], folder, env);
  expect(code).toBe(69);
  expect(stderr).toContain(
    `port ${port} is taken by a program that does not answer as an AMQP broker; set broker.port to a free port`,
  );
});

test('production must name its broker', async () => {
  const { folder, env } = await threeServices();
  const production = { ...env, NODE_ENV: 'production' };
  const { code, stderr } = await runMycel(['run', 'echo.ts'], folder, production);
  expect(code).toBe(78);
  expect(stderr).toContain("amqp.uri: required where NODE_ENV is 'production'");
  const meant = await started('echo.ts', folder, { ...production, AMQP_URI: 'embedded' });
  meant.signal('SIGTERM');
  expect(await meant.exit).toBe(0);
});
