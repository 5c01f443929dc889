import { expect, test } from 'vitest';
import { connect } from 'mycel';
import { freshVhost } from '../support/rabbit.ts';
import { MycelProcess, project, runMycel } from '../support/mycel-process.ts';

const math = `
import { rpc, service } from 'mycel';
@service('math_service')
export class MathService { @rpc add(x: number, y: number): number { return x + y; } }
`;

interface MathService {
  add(x: number, y: number): number;
}

test('services answer over RabbitMQ, say where it is without its password, and stop cleanly', async () => {
  await using rabbit = await freshVhost();
  const args = ['run', '--log-format', 'pretty', 'math.ts:MathService'];
  const mycel = new MycelProcess(args, project({ 'math.ts': math }), { AMQP_URI: rabbit.uri });
  await mycel.until(/math_service\n +rpc +add\(x, y\)\n[^]*broker +amqp:\/\/[^]*ctrl-c to stop/);
  const { password } = new URL(rabbit.uri);
  expect(mycel.stdout).not.toContain(`:${password}@`);
  await using client = await connect(rabbit.uri);
  expect(await client.rpc<MathService>('math_service').add(2, 3)).toBe(5);
  mycel.signal('SIGTERM');
  expect(await mycel.exit).toBe(0);
});

test('a refused password is named as such, and with fail-fast the process ends with 69', async () => {
  await using rabbit = await freshVhost();
  const uri = new URL(rabbit.uri);
  uri.password = 'hunter2';
  const { code, stderr } = await runMycel(
    ['run', '-d', 'amqp.startup=fail-fast', '-d', `amqp.uri=${uri.href}`, 'math.ts'],
    project({ 'math.ts': math }),
  );
  expect(stderr).toMatch(/^mycel: cannot connect to the broker .*refused user/);
  expect(stderr).not.toContain('hunter2');
  expect(code).toBe(69);
});

test('a broker that nobody can reach is named, and with fail-fast the process ends with 69', async () => {
  const { code, stderr } = await runMycel(
    ['run', '-d', 'amqp.startup=fail-fast', '-d', 'amqp.uri=amqp://u:hunter2@127.0.0.1:1/', 'math.ts'],
    project({ 'math.ts': math }),
  );
  expect(stderr).toMatch(/^mycel: cannot connect to the broker \(amqp:\/\/u@127\.0\.0\.1:1\/: .*ECONNREFUSED/);
  expect(stderr).not.toContain('hunter2');
  expect(code).toBe(69);
});
