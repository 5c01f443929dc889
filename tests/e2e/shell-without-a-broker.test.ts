import { expect, test } from 'vitest';
import { freePorts } from '../../scripts/test-rings/free-port.ts';
import { MycelProcess, project } from '../support/mycel-process.ts';
import { shellTerminal } from '../support/shell-terminal.ts';

const echo = `
import { rpc, service } from 'mycel';
@service('echo') export class Echo { @rpc where(): number { return process.pid; } }
`;

async function started(folder: string, env: Readonly<Record<string, string>>): Promise<MycelProcess> {
  const mycel = new MycelProcess(['run', 'echo.ts', '--log-format', 'json'], folder, env);
  await mycel.until(/"msg":"started /);
  return mycel;
}

// Only there is a `script` that makes terminals and takes these options.
test.skipIf(process.platform !== 'linux')(
  'a shell that comes first hosts the broker, and the services that come later go on when it leaves',
  async () => {
    const folder = project({ 'echo.ts': echo });
    const [port] = await freePorts(1);
    const env = { MYCEL_BROKER_PORT: String(port) };
    const first = shellTerminal(folder, env);
    await first.shows(/\(embedded, in this process; keeps nothing\)\nno service is on the bus yet\n[^]*> $/);
    const service = await started(folder, env);
    expect(service.stdout).toContain('(embedded, in process ');
    first.type('n.rpc.echo.where()\r');
    await first.shows(/\n\d+\n> $/);
    const second = shellTerminal(folder, env);
    await second.shows(/services: echo\n[^]*> $/);
    first.type('\x04');
    expect(await first.exit).toBe(0);
    await service.until(/connected to the broker again/);
    second.type('n.rpc.echo.where()\r');
    await second.shows(/\n\d+\n> $/);
    service.signal('SIGKILL');
    await service.exit;
    // Sent before the loss is noticed, or after it.
    second.type("n.rpc.echo.where.with({ timeout: '2s' })()\r");
    await second.shows(/\n(CallTimeoutError|UnknownServiceError): .*\n> $/);
    second.type('n.rpc.echo.where()\r');
    await second.shows(/\nUnknownServiceError: unknown service 'echo'.*\n> $/);
    second.type('.services\r');
    await second.shows(/\nno service is on the bus at amqp:.*\n> $/);
    second.type('\x04');
    expect(await second.exit).toBe(0);
  },
);
