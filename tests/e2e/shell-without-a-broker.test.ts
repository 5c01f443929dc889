import { expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { MycelProcess, project } from '../support/mycel-process.ts';
import { shellTerminal } from '../support/shell-terminal.ts';
import type { Terminal } from '../support/terminal.ts';

const echo = `
import { rpc, service } from 'mycel';
@service('echo') export class Echo { @rpc where(): number { return process.pid; } }
`;

async function started(folder: string, env: Readonly<Record<string, string>>): Promise<MycelProcess> {
  const mycel = new MycelProcess(['run', 'echo.ts', '--log-format', 'json'], folder, env);
  await mycel.until(/"msg":"started /);
  return mycel;
}

/** Asks at the prompt until it is answered: after a loss the processes come back one by one. */
async function whereAsked(shell: Terminal): Promise<number> {
  for (;;) {
    shell.type('n.rpc.echo.where()\r');
    const [, shown = ''] = await shell.shows(/\n(\d+|\w+Error: .*)\n> $/);
    if (/^\d+$/.test(shown)) return Number(shown);
  }
}

// Only there is a `script` that makes terminals and takes these options.
const onTerminal = test.skipIf(process.platform !== 'linux');

onTerminal(
  'a shell that comes first hosts the broker, and the services that come later go on when it leaves',
  async () => {
    const folder = project({ 'echo.ts': echo });
    const [port] = await freePorts(1);
    const env = { MYCEL_BROKER_PORT: String(port) };
    const first = shellTerminal(folder, env);
    await first.shows(/\(embedded, in this process; keeps nothing\)\nno service is on the bus yet\n[^]*> $/);
    const service = await started(folder, env);
    expect(service.stdout).toContain('(embedded, in process ');
    const pid = await whereAsked(first);
    const second = shellTerminal(folder, env);
    await second.shows(/services: echo\n[^]*> $/);
    first.type('\x04');
    expect(await first.exit).toBe(0);
    await service.until(/connected to the broker again/);
    expect(await whereAsked(second)).toBe(pid);
    service.signal('SIGKILL');
    await service.exit;
    // Whichever of the two hosted the broker.
    const successor = await started(folder, env);
    expect(successor.stdout).toContain(`"pid":${await whereAsked(second)},`);
    second.type('\x04');
    expect(await second.exit).toBe(0);
  },
);

onTerminal('a prompt whose broker is away says so when it is asked for the services', async () => {
  const folder = project({});
  const [port] = await freePorts(1);
  const broker = new MycelProcess(['broker', '--port', String(port)], folder);
  await broker.until(/listens/);
  const shell = shellTerminal(folder, { AMQP_URI: `amqp://127.0.0.1:${port}/` });
  await shell.shows(/no service is on the bus yet\n[^]*> $/);
  broker.signal('SIGKILL');
  await broker.exit;
  shell.type('.services\r');
  await shell.shows(/\nDisconnectedError: .*\n> $/);
  shell.type('\x04');
  expect(await shell.exit).toBe(0);
});
