import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { durationSchema } from '../foundation/duration-schema.ts';
import type { ConfigSection } from '../foundation/config-section.ts';
import { coreSection } from './core-section.ts';
import { nodeOf } from './config-node.ts';
import { readDefinitions } from './definitions.ts';
import type { Environment } from './environment.ts';
import { LayeredConfig } from './layered-config.ts';
import { readYaml } from './yaml-document.ts';

const web = {
  key: 'web',
  description: 'HTTP',
  schema: z.object({
    address: z.string().default('127.0.0.1:8000'),
    body_limit: z.int().min(0).default(1024),
    timeout: durationSchema.default(5000),
    tls: z.object({ cert: z.string(), password: z.string().optional() }).optional(),
    mode: z.enum(['fast', 'safe']).default('safe'),
  }),
  aliases: { WEB_SERVER_ADDRESS: 'address', TLS_CERT: 'tls.cert' },
} satisfies ConfigSection;

interface Given {
  yaml?: string;
  environment?: Environment;
  values?: Record<string, unknown>;
  define?: string[];
}

function configOf({ yaml = '', environment = {}, values = {}, define = [] }: Given): LayeredConfig {
  const { root } = readYaml(yaml, 'config.yaml', (variable) => environment[variable]);
  const program = nodeOf(values, { kind: 'program' });
  return new LayeredConfig({ file: root, environment, program, definitions: readDefinitions(define) });
}

function problemsOf(given: Given, ...sections: ConfigSection[]): string {
  try {
    configOf(given).check([coreSection, web, ...sections]);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('the order of the sources', () => {
  const file = 'web: {address: "file:1"}';

  test('a default gives way to the file, the file to the environment, that to the program, that to --define', () => {
    const environment = { MYCEL_WEB_ADDRESS: 'environment:1' };
    const values = { web: { address: 'program:1' } };
    const address = (given: Given) => configOf(given).section(web).address;
    expect(address({})).toBe('127.0.0.1:8000');
    expect(address({ yaml: file })).toBe('file:1');
    expect(address({ yaml: file, environment })).toBe('environment:1');
    expect(address({ yaml: file, environment, values })).toBe('program:1');
    expect(address({ yaml: file, environment, values, define: ['web.address=define:1'] })).toBe('define:1');
  });

  test('sources are merged option by option', () => {
    const config = configOf({
      yaml: 'web: {address: "a:1", tls: {cert: a.pem}}',
      environment: { MYCEL_WEB_TLS_PASSWORD: 'pw', MYCEL_WEB_BODY_LIMIT: '5' },
      define: ['web.timeout=2s'],
    });
    expect(config.section(web)).toEqual({
      address: 'a:1',
      body_limit: 5,
      timeout: 2000,
      tls: { cert: 'a.pem', password: 'pw' },
      mode: 'safe',
    });
  });

  test("Nameko's names work in the file, the environment and on the command line", () => {
    expect(configOf({ yaml: 'WEB_SERVER_ADDRESS: "f:1"' }).section(web).address).toBe('f:1');
    expect(configOf({ environment: { WEB_SERVER_ADDRESS: 'e:1' } }).section(web).address).toBe('e:1');
    expect(configOf({ define: ['WEB_SERVER_ADDRESS=d:1'] }).section(web).address).toBe('d:1');
    expect(configOf({ environment: { TLS_CERT: 'c.pem' } }).section(web).tls).toEqual({ cert: 'c.pem' });
  });

  test('the MYCEL_ variable wins over the alias, and an empty variable counts as not set', () => {
    const environment = { WEB_SERVER_ADDRESS: 'alias:1', MYCEL_WEB_ADDRESS: 'own:1' };
    expect(configOf({ environment }).section(web).address).toBe('own:1');
    expect(configOf({ environment: { ...environment, MYCEL_WEB_ADDRESS: '' } }).section(web).address).toBe('alias:1');
  });

  test('tells where a value comes from', () => {
    const config = configOf({ yaml: 'web:\n  mode: fast', environment: { WEB_SERVER_ADDRESS: 'a:1' } });
    expect(config.originOf(web, ['mode'])).toEqual({ kind: 'file', file: 'config.yaml', line: 2, column: 9 });
    expect(config.originOf(web, ['address'])).toEqual({ kind: 'environment', variable: 'WEB_SERVER_ADDRESS' });
    expect(config.originOf(web, ['timeout'])).toBeUndefined();
  });
});

describe('types', () => {
  test('text that looks like a number stays text where an option wants text', () => {
    const environment = { MYCEL_WEB_TLS_PASSWORD: '0123', PW: '456' };
    expect(configOf({ yaml: 'web: {tls: {cert: c}}', environment }).section(web).tls?.password).toBe('0123');
    expect(
      configOf({ yaml: 'web:\n  tls:\n    cert: c\n    password: ${PW}', environment: { PW: '456' } }).section(web).tls
        ?.password,
    ).toBe('456');
  });

  test('options are frozen all the way down, and the same object each time', () => {
    const config = configOf({ yaml: 'web: {tls: {cert: c}}' });
    const options = config.section(web);
    expect(Object.isFrozen(options) && Object.isFrozen(options.tls)).toBe(true);
    expect(config.section(web)).toBe(options);
  });

  test('a section without a value is an empty section', () => {
    expect(configOf({ yaml: 'web:' }).section(web).mode).toBe('safe');
  });
});

describe('check', () => {
  test('passes what is right', () => {
    expect(problemsOf({ yaml: 'max_workers: 5\nweb: {mode: fast}\nx-anchors: {a: 1}' })).toBe('');
  });

  test.each([
    [
      'web:\n  timeout: abc',
      "config.yaml:2:12: web.timeout: expected a duration (milliseconds, or text such as '250ms', '10s', '5m'), got \"abc\"",
    ],
    ['web:\n  body_limit: abc', 'config.yaml:2:15: web.body_limit: expected number, got "abc"'],
    ['web:\n  body_limit: -1', 'config.yaml:2:15: web.body_limit: too small: expected number to be >=0, got -1'],
    ['web:\n  mode: fest', 'config.yaml:2:9: web.mode: expected "fast" or "safe", got "fest" (did you mean \'fast\'?)'],
    ['web: 5', 'config.yaml:1:6: web: expected a map, got 5'],
    ['web:\n  adress: x', "config.yaml:2:3: web.adress: no such option (did you mean 'address'?)"],
    ['web:\n  tls:\n    cert: c\n    crt: c', "config.yaml:4:5: web.tls.crt: no such option (did you mean 'cert'?)"],
    ['log: {levle: info}', "config.yaml:1:7: log.levle: no such option (did you mean 'level'?)"],
    ['wbe: {}', "config.yaml:1:1: wbe: nothing in these services reads this (did you mean 'web'?)"],
    [
      'max_worker: 5',
      "config.yaml:1:1: max_worker: nothing in these services reads this (did you mean 'max_workers'?)",
    ],
    ['max_workers: {default: 0}', 'config.yaml:1:24: max_workers.default: too small: expected number to be >=1, got 0'],
    ['max_workers: many', 'config.yaml:1:14: max_workers: expected number or a map, got "many"'],
    ['serializer: pickle', 'config.yaml:1:13: serializer: expected "json", got "pickle"'],
    [
      'WEB_SERVER_ADDRESS: a:1\nweb: {address: b:1}',
      'config.yaml:1:21: WEB_SERVER_ADDRESS: sets the same as web.address (config.yaml:2:16); keep one of them',
    ],
  ])('says what is wrong with %j, and where', (yaml, problem) => {
    expect(problemsOf({ yaml })).toBe(problem);
  });

  test('names an unset variable once, unless something above the file sets the option', () => {
    const yaml = 'web:\n  address: ${ADDRESS}\n  tls: {cert: "${CERT}"}';
    expect(problemsOf({ yaml }).split('\n').slice(1)).toEqual([
      '  config.yaml:2:12: web.address: the environment variable ADDRESS is not set; set it, or give a default: ${ADDRESS:...}',
      '  config.yaml:3:15: web.tls.cert: the environment variable CERT is not set; set it, or give a default: ${CERT:...}',
    ]);
    expect(problemsOf({ yaml, environment: { WEB_SERVER_ADDRESS: 'a:1', MYCEL_WEB_TLS_CERT: 'c' } })).toBe('');
  });

  test('names the environment variable or the definition that is wrong', () => {
    const environment = { MYCEL_WEB_BODY_LIMIT: 'lots', MYCEL_WEB_MOED: 'fast' };
    expect(problemsOf({ environment, define: ['web.timeout=soon', 'wbe.x=1'] }).split('\n')).toEqual([
      '4 problems in the configuration:',
      '  environment variable MYCEL_WEB_BODY_LIMIT: web.body_limit: expected number, got "lots"',
      "  --define web.timeout: web.timeout: expected a duration (milliseconds, or text such as '250ms', '10s', '5m'), got \"soon\"",
      '  environment variable MYCEL_WEB_MOED: sets no option; did you mean MYCEL_WEB_MODE?',
      "  --define wbe.x: wbe: nothing in these services reads this (did you mean 'web'?)",
    ]);
  });

  test('names the variable that a value in the file came from', () => {
    expect(problemsOf({ yaml: 'web:\n  body_limit: ${LIMIT}', environment: { LIMIT: 'x' } })).toBe(
      'config.yaml:2:15: web.body_limit: expected number, got "x" (from ${LIMIT})',
    );
  });

  test('shows no secret', () => {
    const text = problemsOf({ yaml: 'web: {tls: {cert: c, password: [hunter2]}, body_limit: "http://u:hunter2@h"}' });
    expect(text).toContain('web.tls.password: expected string, got another value');
    expect(text).toContain('http://u:***@h');
    expect(text).not.toContain('hunter2');
  });

  test('says how to set what is missing', () => {
    const shop = { key: 'shop', description: '', schema: z.object({ currency: z.string() }) };
    expect(problemsOf({}, shop)).toBe(
      'shop.currency: required, and nothing sets it (expected string); set it in the configuration file, by MYCEL_SHOP_CURRENCY, or by --define shop.currency=...',
    );
    expect(problemsOf({ environment: { MYCEL_SHOP_CURRENCY: 'EUR' } }, shop)).toBe('');
  });

  test('lets an open section have any keys', () => {
    const open = { key: 'open', description: '', schema: z.looseObject({ a: z.number().optional() }) };
    expect(problemsOf({ yaml: 'open: {a: 1, b: 2}' }, open)).toBe('');
  });
});
