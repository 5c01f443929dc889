import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { project, runMycel } from '../support/mycel-process.ts';

const shopTs = `
import { config, defineService } from 'mycel';
import { z } from 'zod';
class Shop {
  shop = config('shop', z.object({ currency: z.string(), vat: z.number().default(19) }));
}
export const shop = defineService(Shop, 'shop', {});
`;
const files = {
  'shop.ts': shopTs,
  'config.yaml': 'amqp:\n  uri: amqp://u:hunter2@${HOST:rabbit}/\nshop: {currency: EUR}\n',
  'wrong.yaml': 'amqp:\n  topolgy: nameko\nweb: {body_limit: lots}\n',
};

describe('mycel config show', () => {
  test('prints values with their origins, and no secret', async () => {
    const args = ['config', 'show', '--origin', '-c', 'config.yaml', '-d', 'max_workers=3'];
    const { code, stdout, stderr } = await runMycel(args, project(files), { MYCEL_LOG_LEVEL: 'debug' });
    expect(code).toBe(0);
    expect(stdout).toContain('max_workers: 3 # --define max_workers');
    expect(stdout).toContain('  level: debug # environment variable MYCEL_LOG_LEVEL');
    expect(stdout).toContain('  uri: amqp://u:***@rabbit/ # config.yaml:2:8 (${HOST})');
    expect(stdout).toContain('  topology: mycel # default');
    expect(stdout + stderr).not.toContain('hunter2');
    expect(stderr).toBe('mycel: not shown, as only a service can read it: shop; name its module\n');
  });

  test('prints the options of the services of modules as well', async () => {
    const args = ['config', 'show', '-c', 'config.yaml', 'shop.ts'];
    const { code, stdout, stderr } = await runMycel(args, project(files));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('shop:\n  currency: EUR\n  vat: 19\n');
  });

  test('prints JSON', async () => {
    const folder = project(files);
    const json = async (...more: string[]): Promise<unknown> =>
      JSON.parse((await runMycel(['config', 'show', '--json', '-c', 'config.yaml', ...more], folder)).stdout);
    expect(await json('shop.ts')).toMatchObject({ amqp: { uri: 'amqp://u:***@rabbit/' }, shop: { vat: 19 } });
    expect(await json('--origin')).toMatchObject({ 'rpc.timeout': { value: 10_000, origin: 'default' } });
  });

  test('was once called show-config', async () => {
    const { code, stdout } = await runMycel(['show-config', '-d', 'max_workers=3'], project(files));
    expect(code).toBe(0);
    expect(stdout).toContain('max_workers: 3 # --define max_workers');
  });
});

describe('mycel config check', () => {
  test('says of a configuration without mistakes that it is right', async () => {
    const folder = project(files);
    expect(await runMycel(['config', 'check', 'config.yaml', 'shop.ts'], folder)).toEqual({
      code: 0,
      stdout: 'config.yaml: ok\n',
      stderr: '',
    });
    expect(await runMycel(['config', 'check', 'config.yaml'], folder)).toMatchObject({
      code: 0,
      stdout: 'config.yaml: ok (not checked, as only a service can read it: shop; name its module)\n',
    });
  });

  test('reports all mistakes, each with its place', async () => {
    const { code, stdout, stderr } = await runMycel(['config', 'check', 'wrong.yaml', 'shop.ts'], project(files));
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toContain("  wrong.yaml:2:3: amqp.topolgy: no such option (did you mean 'topology'?)\n");
    expect(stderr).toContain('  wrong.yaml:3:19: web.body_limit: expected number, got "lots"\n');
    expect(stderr).toContain('  shop.currency: required, and nothing sets it');
  });

  test('takes a key that is like one of its own for a misspelt one, without modules too', async () => {
    const folder = project({ 'config.yaml': 'amqpp: {}\nshop: {}\n' });
    const { code, stderr } = await runMycel(['config', 'check', 'config.yaml'], folder);
    expect([code, stderr]).toEqual([
      78,
      "mycel: config.yaml:1:1: amqpp: nothing in these services reads this (did you mean 'amqp'?)\n",
    ]);
  });
});

test('mycel config schema writes a JSON Schema, options of the services of modules included', async () => {
  const folder = project(files);
  const schema = async (...modules: string[]): Promise<unknown> =>
    JSON.parse((await runMycel(['config', 'schema', ...modules], folder)).stdout);
  expect(await schema('shop.ts')).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { shop: { properties: { vat: { default: 19 } } }, AMQP_URI: {} },
  });
  expect(await schema()).not.toMatchObject({ properties: { shop: {} } });
});

test('a configuration is read from a web server; its password is not shown', async () => {
  const server = createServer(({ url }, response) => {
    if (url === '/config.yaml') response.end('max_workers: 7\n');
    else response.writeHead(url === '/away' ? 503 : 404).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const check = (path: string) => runMycel(['config', 'check', `http://u:hunter2@${host}/${path}`], project({}));
  expect(await check('config.yaml')).toEqual({ code: 0, stdout: `http://${host}/config.yaml: ok\n`, stderr: '' });
  expect(await check('none')).toMatchObject({
    code: 78,
    stderr: `mycel: http://${host}/none: cannot be read: the server answered 404 Not Found\n`,
  });
  expect(await check('away')).toMatchObject({ code: 69 });
});
