import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { helloTs, project, runMycel } from '../support/mycel-process.ts';

const files = {
  'hello.ts': helloTs,
  'plain.ts': 'export class Plain {}\nexport const number: number = 5;',
  'nothing.ts': 'class Forgotten {}',
  'unnamed.ts': "import { http } from 'mycel';\nexport class Unnamed { @http('GET', '/') get() { return 1; } }",
  'syntax.ts': 'export const a: number = 1;\nexport const b = = 2;',
  'syntax.js': 'export const a = 1;\nexport const b = = 2;',
  'throws.ts': "\nthrow new TypeError('not today');",
  'missing.ts': "import 'no-such-package';",
  'link.js': "import { nope } from './plain.js';",
  'plain.js': 'export const yes = 1;',
  'twin.ts': `import { service } from 'mycel';\nexport { Hello } from './hello.ts';\n@service('hello') export class Twin {}`,
  'broken.ts': `
    import { config, service } from 'mycel';
    @service('shop') export class Shop { constructor(needed: { a: number }) { needed.a; } }`,
  'wrong.yaml':
    'web:\n  adress: x\n  body_limit: abc\nmax_workers: 0\namqp:\n  uri: amqp://u:hunter2@h/\n  heartbeat: [hunter2]\n',
  'unset.yaml': 'amqp:\n  uri: ${BROKER_URI}\n',
  'empty/readme.md': '',
  'services/shop.ts': helloTs,
};

describe('mycel run tells what is wrong with a module in one message, and ends with 65', () => {
  test.each([
    ['helo.ts', /no module 'helo\.ts': .*did you mean 'hello\.ts'\?/],
    ['./services/shp', /no module '\.\/services\/shp': .* does not exist; did you mean 'services\/shop\.ts'\?/],
    ['services.shop', /no module 'services\.shop': .*did you mean 'services\/shop\.ts'\?/],
    ['hello.py', /no module 'hello\.py': .*did you mean 'hello\.ts'\?/],
    ['empty', /no module 'empty': the folder empty has no package\.json that names a file, and no index file/],
    ['no-such-package', /no module 'no-such-package': neither a file in .* nor a package/],
    ['plain.ts', /'plain\.ts' exports no service: it exports Plain; add @service\('its_name'\)/],
    ['nothing.ts', /'nothing\.ts' exports no service: it exports nothing; write 'export'/],
    ['unnamed.ts', /'unnamed\.ts' exports no service: it exports Unnamed; add @service/],
    ['hello.ts:Helo', /exports no 'Helo' \(did you mean 'Hello'\?\); its services are: Hello/],
    ['plain.ts:number', /'number' of the module 'plain\.ts' is not a service/],
    ['syntax.ts', /'syntax\.ts' could not be loaded: \/.*\/syntax\.ts:2:17: Unexpected "="/],
    ['throws.ts', /'throws\.ts' could not be loaded: TypeError: not today \(thrown at \/.*\/throws\.ts:2:7\)/],
    [
      'missing.ts',
      /'missing\.ts' could not be loaded: Cannot find package 'no-such-package' imported from .*; install it/,
    ],
    ['link.js', /'link\.js' could not be loaded: \/.*link\.js:1: .* does not provide an export named 'nope'/],
    ['twin.ts', /two services are named 'hello': Hello of 'twin\.ts' and Twin of 'twin\.ts'/],
    ['broken.ts', /class Shop cannot be constructed: .*a service's constructor takes no arguments/],
  ])('%s', async (module, message) => {
    const { code, stdout, stderr } = await runMycel(['run', module], project(files));
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^mycel: /);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(65);
  });

  test('decorators of the old kind', async () => {
    const legacy = { 'tsconfig.json': '{"compilerOptions": {"experimentalDecorators": true}}' };
    const { code, stderr } = await runMycel(['run', 'hello.ts'], project({ ...files, ...legacy }));
    expect(stderr).toMatch(/standard decorators, .* remove "experimentalDecorators" from tsconfig\.json/);
    expect(code).toBe(65);
  });

  test('--verbose adds the stack and the cause', async () => {
    const { code, stderr } = await runMycel(['run', '--verbose', 'throws.ts'], project(files));
    expect(stderr).toMatch(
      /could not be loaded.*\n(?: +at .*\n)+caused by TypeError: not today\n +at .*throws\.ts:2:7/,
    );
    expect(code).toBe(65);
  });

  test('a slip in the last module does nothing with the first', async () => {
    const folder = project({ ...files, 'loud.ts': "console.log('loaded');" });
    expect(await runMycel(['run', 'loud.ts', 'helo.ts'], folder)).toMatchObject({ code: 65, stdout: '' });
  });
});

describe('mycel run tells what is wrong with the configuration, and ends with 78', () => {
  test('every mistake at once, with its place, and no secret', async () => {
    const { code, stderr } = await runMycel(['run', '-c', 'wrong.yaml', 'hello.ts'], project(files));
    expect(stderr.trim().split('\n')).toEqual([
      'mycel: 4 problems in the configuration:',
      '  wrong.yaml:4:14: max_workers: too small: expected number to be >=1, got 0',
      expect.stringContaining('  wrong.yaml:7:14: amqp.heartbeat: expected a duration') as string,
      "  wrong.yaml:2:3: web.adress: no such option (did you mean 'address'?)",
      '  wrong.yaml:3:15: web.body_limit: expected number, got "abc"',
    ]);
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(78);
  });

  test.each([
    [['-c', 'none.yaml'], /none\.yaml: no such file/],
    [['-c', 'unset.yaml'], /unset\.yaml:2:8: amqp\.uri: the environment variable BROKER_URI is not set/],
    [['-d', 'wbe.address=1'], /--define wbe\.address: wbe: nothing .*'web'/],
    [
      ['-d', 'AMQP_URI=http://u:hunter2@h'],
      /--define AMQP_URI: amqp\.uri: expected an AMQP URI, .* got "http:\/\/u:\*\*\*@h"/,
    ],
    [['-d', '=1'], /expected KEY=VALUE/],
  ])('%j', async (options, message) => {
    const { code, stderr } = await runMycel(['run', ...options, 'hello.ts'], project(files));
    expect(stderr).toMatch(message);
    expect(code).toBe(78);
  });
});

describe('mycel tells what is wrong with the command line, and ends with 2', () => {
  test.each([
    [['rnu', 'hello.ts'], /unknown command 'rnu'\n\(Did you mean run\?\)/],
    [['run'], /missing required argument 'module'/],
    [['run', '--confg', 'x', 'hello.ts'], /unknown option '--confg'\n\(Did you mean --config\?\)/],
    [['run', '--log-level', 'loud', 'hello.ts'], /Allowed choices are debug, info, warn, error, silent/],
    [[], /Usage: mycel/],
  ])('%j', async (args, message) => {
    const { code, stderr } = await runMycel(args, project(files));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

test('a port in use is named, and the process ends with 69', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server on a port has an address of that kind.
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await runMycel(['run', '-d', `web.address=127.0.0.1:${port}`, 'hello.ts'], project(files));
  expect(stderr).toMatch(`mycel: the web server cannot listen at 127.0.0.1:${port}: the port is in use`);
  expect(code).toBe(69);
  server.close();
});
