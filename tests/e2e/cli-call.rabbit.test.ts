import { describe, expect, test } from 'vitest';
import { freshVhost } from '../support/rabbit.ts';
import { MycelProcess, project, runMycel } from '../support/mycel-process.ts';
import { shellServicesTs } from '../support/shell-services.ts';

const files = { 'services.ts': shellServicesTs, 'package.json': '{ "type": "module", "version": "1.4.2" }' };

describe('with two services on the bus', () => {
  test('calls print JSON, and say by their exit code how they failed', async () => {
    await using rabbit = await freshVhost();
    const env = { AMQP_URI: rabbit.uri };
    const folder = project(files);
    const services = new MycelProcess(['run', '--define', 'rpc.expose_errors=true', 'services.ts'], folder, env);
    await services.until(/"msg":"started/);
    const call = async (...args: string[]) => {
      const { code, stdout, stderr } = await runMycel(['call', ...args], folder, env);
      return [code, stdout, stderr.split('\n', 1)[0]];
    };
    // One by one: a command waits only so long for services to say what they take.
    const outcomes = [
      await call('math_service.add', '100', '-200'),
      await call('reporting_service.generate_report', '{"a": 4, "b": 6}'),
      await call('math_service.add', '--args', '[1]', '--kwargs', '{"y": 2}'),
    ];
    expect(outcomes).toEqual([
      [0, '-100\n', ''],
      [0, '{"sum":10,"at":"1970-01-01T00:00:00.000Z"}\n', ''],
      [0, '3\n', ''],
    ]);
    const failures = [
      await call('math_service.divide', '1', '0'),
      await call('math_service.limited'),
      await call('math_service.add', '1'),
      await call('math_service.half', '1.5'),
      await call('math_service.ad'),
    ];
    expect(failures).toEqual([
      [70, '', 'mycel: RangeError: division by zero'],
      [70, '', 'mycel: TooBig: too big { limit: 5 }'],
      [64, '', "mycel: IncorrectSignature: math_service.add needs an argument 'y'; it takes (x, y)"],
      [64, '', expect.stringMatching(/^mycel: InvalidArguments: math_service\.half: n: /)],
      [67, '', "mycel: MethodNotFound: math_service has no rpc 'ad' (did you mean 'add'?)"],
    ]);
    const others = [
      await call('math_servce.add'),
      await call('--timeout', '200ms', 'math_service.hang'),
      await call('math_service.add', 'x'),
      await call('--broker', 'amqp://127.0.0.1:1', 'math_service.add'),
    ];
    expect(others).toEqual([
      [68, '', expect.stringMatching(/^mycel: unknown service 'math_servce'.*\(did you mean 'math_service'\?\)$/)],
      [75, '', expect.stringMatching(/^mycel: math_service\.hang did not answer within 200 ms/)],
      [2, '', expect.stringMatching(/is no JSON.*Text is written with quotes: '"x"'/)],
      [69, '', expect.stringMatching(/^mycel: cannot connect to the broker/)],
    ]);
  });

  test('they are listed, and events tell whether they are handled', async () => {
    await using rabbit = await freshVhost();
    const env = { AMQP_URI: rabbit.uri };
    const folder = project(files);
    const services = new MycelProcess(['run', 'services.ts'], folder, env);
    await services.until(/"msg":"started/);
    const [table, json, handled] = await Promise.all([
      runMycel(['services', '--verbose', '--timeout', '1m'], folder, env),
      runMycel(['services', '--json', '--timeout', '1m'], folder, env),
      runMycel(['dispatch', 'reporting_service', 'asked', '{"a": 1}'], folder, env),
    ]);
    const unhandled = await runMycel(['dispatch', 'reporting_service', 'aked'], folder, env);
    expect(table.stdout).toMatch(
      /^SERVICE +INSTANCES +VERSION +ENTRYPOINTS +WHERE\nmath_service +1 +1\.4\.2 +6 +\S+:\d+\n/,
    );
    expect(table.stdout).toContain('\nreporting_service\n  rpc    generate_report(a, b)\n');
    const listed = JSON.parse(json.stdout) as { services: { name: string; instances: object[] }[] };
    expect(listed.services.map(({ name }) => name)).toEqual(['math_service', 'reporting_service']);
    expect(listed.services[0]?.instances[0]).toMatchObject({ service: 'math_service', version: '1.4.2' });
    expect([handled.code, handled.stdout, handled.stderr]).toEqual([0, '{"routed":true}\n', '']);
    expect([unhandled.code, unhandled.stdout, unhandled.stderr]).toEqual([
      0,
      '{"routed":false}\n',
      "mycel: nobody handles reporting_service.aked (did you mean 'reporting_service.asked'?)\n",
    ]);
  });
});

test('an argument can come from standard input', async () => {
  await using rabbit = await freshVhost();
  const env = { AMQP_URI: rabbit.uri };
  const folder = project(files);
  const services = new MycelProcess(['run', 'services.ts'], folder, env);
  await services.until(/"msg":"started/);
  const call = new MycelProcess(['call', 'reporting_service.generate_report', '-'], folder, env);
  call.endInput('{ "a": 1, "b": 2 }\n');
  expect([await call.exit, call.stdout]).toEqual([0, '{"sum":3,"at":"1970-01-01T00:00:00.000Z"}\n']);
  const wrong = new MycelProcess(['call', 'reporting_service.generate_report', '-'], folder, env);
  wrong.endInput('{');
  expect(await wrong.exit).toBe(2);
  expect(wrong.stderr).toMatch(/^error: standard input: It is no JSON/);
});

test('an empty bus is told in words', async () => {
  await using rabbit = await freshVhost();
  const { code, stdout } = await runMycel(['services', '--broker', rabbit.uri], project({}));
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^no service is on the bus at amqp:\/\/[^:]+@/)]);
});
