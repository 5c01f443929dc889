import { describe, expect, test } from 'vitest';
import { helloJs, helloTs, MycelProcess, project, runMycel, startServices } from '../support/mycel-process.ts';

const get = async (url: string): Promise<string> => (await fetch(url)).text();

describe('mycel run finds and starts the services of a module', () => {
  test.each([
    ['a TypeScript file', { 'services.ts': helloTs }, 'services.ts', 'module'],
    ['a file without its extension', { 'services.ts': helloTs }, './services', 'module'],
    ['a JavaScript file', { 'services.js': helloJs }, 'services.js', 'module'],
    ['TypeScript in a package that is not "type": "module"', { 'services.ts': helloTs }, 'services.ts', 'commonjs'],
    ['a folder with an index', { 'shop/index.ts': helloTs }, './shop', 'module'],
    [
      'a folder with a package.json',
      { 'shop/package.json': '{"type": "module", "main": "./src/main.js"}', 'shop/src/main.js': helloJs },
      'shop',
      'module',
    ],
    [
      'a package',
      {
        'node_modules/@acme/shop/package.json': '{"type": "module", "exports": {"import": "./lib/main.js"}}',
        'node_modules/@acme/shop/lib/main.js': helloJs,
      },
      '@acme/shop',
      'module',
    ],
    [
      'a tsconfig.json that asks for the newest JavaScript',
      { 'services.ts': helloTs, 'tsconfig.json': '{"compilerOptions": {"target": "esnext"}}' },
      'services.ts',
      'module',
    ],
  ])('%s', async (_what, files, module, type) => {
    const { mycel, url } = await startServices([module], project(files, { type }));
    expect(await get(`${url}/hello/you`)).toBe('hello you');
    mycel.signal('SIGTERM');
    expect(await mycel.exit).toBe(0);
    expect(mycel.stderr).toBe('');
  });

  test('each service once, however often and under whatever name it is exported', async () => {
    const again = "export { Hello, Hello as Other, Hello as default } from './services.ts'; export const number = 5;";
    const folder = project({ 'services.ts': helloTs, 'again.ts': again });
    const { mycel } = await startServices(['again.ts', 'services.ts'], folder);
    expect(await mycel.until(/"services":\[([^\]]*)\]/)).toMatchObject({
      1: expect.not.stringContaining('},{') as string,
    });
  });

  test('only the service that is named', async () => {
    const two = `${helloTs}\n@service('other') export class Other { @http('GET', '/other') get() { return 'other'; } }`;
    const { mycel, url } = await startServices(['services.ts:Other'], project({ 'services.ts': two }));
    expect(await get(`${url}/other`)).toBe('other');
    expect((await fetch(`${url}/hello/you`)).status).toBe(404);
    expect(mycel.stdout).not.toContain('"service":"hello"');
  });
});

describe('mycel run says what it started', () => {
  test('for people: services, entrypoints with full URLs, commands to try, how to stop', async () => {
    const { mycel, url } = await startServices(
      ['--log-format', 'pretty', 'services.ts'],
      project({ 'services.ts': helloTs }),
    );
    expect(mycel.stdout).toContain(`GET ${url}/hello/<string:name> -> hello`);
    expect(mycel.stdout).toContain(`curl ${url}/hello/name`);
    expect(mycel.stdout).toContain('ctrl-c to stop');
  });

  test('for machines: every line is a JSON record', async () => {
    const { mycel } = await startServices(['services.ts'], project({ 'services.ts': helloTs }));
    mycel.signal('SIGTERM');
    await mycel.exit;
    const records = mycel.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(records.map(({ msg }) => msg)).toEqual([
      expect.stringContaining('listens at') as string,
      'started hello',
      expect.stringContaining('SIGTERM') as string,
      'stopped',
    ]);
  });
});

describe('the configuration of mycel run', () => {
  const shop = `
    import { config, http, service } from 'mycel';
    import { z } from 'zod';
    @service('shop')
    export class Shop {
      shop = config('shop', z.object({ currency: z.string(), vat: z.number().default(19) }));
      @http('GET', '/options') options() { return this.shop; }
    }`;

  test('comes from file, environment and command line', async () => {
    const folder = project({ 'services.ts': shop, 'config.yaml': 'shop:\n  currency: ${CURRENCY:EUR}\n  vat: 7\n' });
    const args = ['--config', 'config.yaml', '-d', 'shop.vat=8', 'services.ts'];
    const { url } = await startServices(args, folder, { CURRENCY: 'CHF' });
    expect(JSON.parse(await get(`${url}/options`))).toEqual({ currency: 'CHF', vat: 8 });
  });

  test.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('logs for people are coloured as the environment wants: %j', async (environment, isColoured) => {
    const folder = project({ 'services.ts': helloTs });
    const { mycel } = await startServices(['--log-format', 'pretty', 'services.ts'], folder, environment);
    expect(mycel.stdout.includes('\u001b[')).toBe(isColoured);
  });

  test('--verbose logs debug records, and --log-level chooses others', async () => {
    const folder = project({ 'services.ts': helloTs });
    const { mycel: verbose } = await startServices(['--verbose', 'services.ts'], folder);
    expect(verbose.stdout).toContain('"level":"debug"');
    const quiet = new MycelProcess(
      ['run', '--log-level', 'error', '-d', 'web.address=127.0.0.1:0', '--log-format=pretty', 'services.ts'],
      folder,
    );
    await quiet.until(/ctrl-c to stop/);
    expect(quiet.stdout).not.toContain('INFO');
  });
});

describe('commands that only tell', () => {
  test('--version', async () => {
    expect(await runMycel(['--version'], project({}))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });

  test.each(['--help', 'help run', 'run --help', 'config show --help', 'help config show'])(
    'help with examples: %s',
    async (args) => {
      const { code, stdout } = await runMycel(args.split(' '), project({}));
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples:\n {2}\$ mycel /);
    },
  );
});
