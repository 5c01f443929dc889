import { describe, expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { defineService } from '../core/service.ts';
import { http } from './http.ts';
import type { HttpOptions } from './http-options.ts';
import { payloadOf } from './response-payload.ts';

/** Serves what `result` makes at `/`. */
function serving(result: () => unknown, options: HttpOptions = {}): Promise<WebApp> {
  class Api {
    get(): unknown {
      return result();
    }
  }
  return WebApp.start([defineService(Api, 'api', { get: http('GET', '/', options) })]);
}

const json = 'application/json';
const text = 'text/plain; charset=utf-8';
const bytes = 'application/octet-stream';

describe('what a method returns becomes the response', () => {
  test.each<[what: string, result: () => unknown, status: number, type: string | null, body: string]>([
    ['an object', () => ({ a: 1 }), 200, json, '{"a":1}'],
    ['a list', () => [1, 2], 200, json, '[1,2]'],
    ['a list of two numbers like a status', () => [200, 300], 200, json, '[200,300]'],
    ['a list of one number like a status', () => [404], 200, json, '[404]'],
    ['a number', () => 5, 200, json, '5'],
    ['a boolean', () => false, 200, json, 'false'],
    ['null', () => null, 200, json, 'null'],
    ['text', () => 'grüß', 200, text, 'grüß'],
    ['empty text', () => '', 200, text, ''],
    ['bytes', () => new Uint8Array([104, 105]), 200, bytes, 'hi'],
    ['nothing', () => undefined, 204, null, ''],
    ['a status and text', () => [404, 'gone'], 404, text, 'gone'],
    ['a status and an object', () => [201, { id: 1 }], 201, json, '{"id":1}'],
    ['a status and null', () => [200, null], 200, json, 'null'],
    ['a status and nothing', () => [202, undefined], 202, null, ''],
    ['a status, headers and text', () => [200, { 'Content-Type': 'text/html' }, '<p>'], 200, 'text/html', '<p>'],
    ['a promise', () => Promise.resolve('later'), 200, text, 'later'],
    ['a Response', () => new Response('made', { status: 418, headers: { 'content-type': 'x/y' } }), 418, 'x/y', 'made'],
    ['a Response of JSON', () => Response.json({ a: 1 }), 200, json, '{"a":1}'],
    ['a Response without a body', () => new Response(null, { status: 204 }), 204, null, ''],
  ])('%s', async (_what, result, status, type, body) => {
    await using app = await serving(result);
    const response = await app.fetch('/');
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      status,
      type,
      body,
    ]);
  });
});

test('the length is told in bytes, so that the connection can be kept', async () => {
  await using app = await serving(() => 'grüß');
  expect((await app.fetch('/')).headers.get('content-length')).toBe('6');
});

test('headers may have several values, and a Response may set several cookies', async () => {
  await using listed = await serving(() => [200, { 'x-a': ['1', '2'], 'set-cookie': ['a=1', 'b=2'] }, 'x']);
  const response = await listed.fetch('/');
  expect([response.headers.get('x-a'), response.headers.getSetCookie()]).toEqual(['1, 2', ['a=1', 'b=2']]);
  await using made = await serving(
    () =>
      new Response('', {
        headers: [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
      }),
  );
  expect((await made.fetch('/')).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

test('the status option is for results that name none', async () => {
  let result: unknown = { id: 1 };
  await using app = await serving(() => result, { status: 201 });
  expect((await app.fetch('/')).status).toBe(201);
  result = undefined;
  expect((await app.fetch('/')).status).toBe(201);
  result = [409, 'twice'];
  expect((await app.fetch('/')).status).toBe(409);
});

test.each<[what: string, result: () => unknown, problem: string]>([
  ['a function', () => () => 1, 'a function cannot be sent'],
  ['a symbol', () => Symbol('x'), 'a symbol cannot be sent'],
  ['a bigint', () => ({ n: 1n }), 'BigInt'],
  ['a header with a line break', () => [200, { 'x-a': 'a\r\nb: c' }, 'x'], 'header'],
])('%s is answered with a 500 and explained in the log', async (_what, result, problem) => {
  await using app = await serving(result);
  const response = await app.fetch('/');
  expect(response.status).toBe(500);
  const record = app.logged.find(({ level }) => level === 'error');
  expect(record?.message).toContain('the response of api.get could not be sent');
  expect(String(record?.fields['err'])).toContain(problem);
  expect(await response.json()).toMatchObject({ error: { callId: record?.fields['callId'] } });
});

test('a cycle is named as what it is', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  expect(() => payloadOf(cycle)).toThrow(/the result is not JSON \(Converting circular/);
});
