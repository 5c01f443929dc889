import { beforeEach, describe, expect, test } from 'vitest';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { MycelProcess, project, runMycel } from '../support/mycel-process.ts';
import { shellServicesTs } from '../support/shell-services.ts';
import { shellTerminal } from '../support/shell-terminal.ts';
import type { Terminal } from '../support/terminal.ts';

const rabbit = useFreshVhost();
let folder: string;

beforeEach(async () => {
  folder = project({
    'services.ts': shellServicesTs,
    'greet.ts': 'export function greet(name: string): string { return `hello ${name}`; }',
    'script.ts': `
      import { greet } from './greet.ts';
      const sum = (await n.rpc.math_service.add(1, 2)) as number;
      console.log(greet('shell'), sum);
      n.rpc.math_service.add(2, 2).then((late: number) => console.log('late', late));
    `,
  });
});

async function startServices(): Promise<MycelProcess> {
  const args = ['run', '--define', 'rpc.expose_errors=true', 'services.ts'];
  const services = new MycelProcess(args, folder, { AMQP_URI: rabbit.uri });
  await services.until(/"msg":"started/);
  return services;
}

describe('a script', () => {
  async function run(text: string, ...args: string[]): Promise<unknown[]> {
    const shell = new MycelProcess(['shell', ...args], folder, { AMQP_URI: rabbit.uri });
    shell.endInput(text);
    return [await shell.exit, shell.stdout, shell.stderr];
  }

  test('comes from standard input, a file or an option, in TypeScript, with imports from where it stands', async () => {
    await startServices();
    const [piped, file, empty] = await Promise.all([
      run("import { greet } from './greet.ts';\nconst who: string = 'pipe';\nconsole.log(greet(who));\n"),
      run('', 'script.ts'),
      run(''),
    ]);
    // Alone: a shell waits only so long for services to say what they take.
    const option = await run('', '--eval', 'n.rpc.reporting_service.generate_report({ a: 4, b: 6 })');
    expect(piped).toEqual([0, 'hello pipe\n', '']);
    expect(file).toEqual([0, 'hello shell 3\nlate 4\n', '']);
    expect(option).toEqual([0, '{ sum: 10, at: 1970-01-01T00:00:00.000Z }\n', '']);
    expect(empty).toEqual([0, '', '']);
  });

  test('that fails ends with 1 and one line', async () => {
    await startServices();
    const outcomes = await Promise.all([
      run('await n.rpc.math_service.divide(1, 0); console.log("not reached")'),
      run('n.rpc.math_service.divide(1, 0); 1'),
      run('const x = ;'),
      run('throw new TypeError("two\\nlines")'),
    ]);
    expect(outcomes).toEqual([
      [1, '', 'mycel: RangeError: division by zero\n'],
      [1, '', 'mycel: RangeError: division by zero\n'],
      [1, '', 'mycel: SyntaxError: [stdin]:1:11: Unexpected ";"\n'],
      [1, '', 'mycel: TypeError: two lines\n'],
    ]);
  });

  test('that is not there is a missing module', async () => {
    const { code, stderr } = await runMycel(['shell', 'missing.ts'], folder, { AMQP_URI: rabbit.uri });
    expect([code, stderr]).toEqual([65, expect.stringMatching(/^mycel: the script 'missing.ts' cannot be read/)]);
  });
});

// Only there is a `script` that makes terminals and takes these options.
describe.skipIf(process.platform !== 'linux')('on a terminal', () => {
  function startShell(): Terminal {
    return shellTerminal(folder, { AMQP_URI: rabbit.uri });
  }

  test('services are completed and called, results and errors shown', async () => {
    await startServices();
    const shell = startShell();
    await shell.shows(/services: math_service, reporting_service\n[^]*> $/);
    shell.type('n.rpc.math_service.add(100, 200)\r');
    await shell.shows(/\n300\n> $/);
    shell.type('n.rpc.rep\t');
    await shell.shows(/n\.rpc\.reporting_service$/);
    shell.type('.gen\t');
    await shell.shows(/\.generate_report$/);
    shell.type('({ a: 4, b: 6 })\r');
    await shell.shows(/\n\{ sum: 10, at: 1970-01-01T00:00:00\.000Z \}\n> $/);
    shell.type("n.dispatch('rep\t");
    await shell.shows(/n\.dispatch\('reporting_service$/);
    shell.type("', 'a\t");
    await shell.shows(/'asked$/);
    shell.type("', { a: 1 })\r");
    await shell.shows(/\n\{ routed: true \}\n> $/);
    shell.type('const sum: number = n.rpc.math_service.add(1, 2)\r');
    await shell.shows(/\n> $/);
    shell.type('sum + 1\r');
    await shell.shows(/\n4\n> $/);
    shell.type('n.rpc.math_service.divide(1, 0)\r');
    await shell.shows(/\nRangeError: division by zero\n> $/);
    shell.type('\x04');
    expect(await shell.exit).toBe(0);
  });

  test('a call is given up by ctrl-c, and services that come later are found', async () => {
    const shell = startShell();
    await shell.shows(/no service is on the bus yet\n[^]*> $/);
    const services = await startServices();
    shell.type('n.rpc.ma\t');
    await shell.shows(/n\.rpc\.math_service$/);
    shell.type('.hang()\r');
    await services.until(/hanging/);
    shell.type('\x03');
    await shell.shows(/\nCallCancelledError: .*\n> $/);
    services.signal('SIGTERM');
    expect(await services.exit).toBe(0);
    shell.type('.services\r');
    await shell.shows(/\nno service is on the bus at amqp:.*\n> $/);
    shell.type('\x04');
    expect(await shell.exit).toBe(0);
  });
});
