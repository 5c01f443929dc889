import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { defineService } from '../core/service.ts';
import { http } from './http.ts';
import type { HttpRequest } from './http-request.ts';

/** Serves what `look` makes of a request at any path. */
function showing(look: (request: HttpRequest) => unknown): Promise<WebApp> {
  class Api {
    async any(request: HttpRequest): Promise<unknown> {
      return { seen: await look(request) };
    }
  }
  return WebApp.start([defineService(Api, 'api', { any: http('GET,POST', '/<path:rest>') })]);
}

async function seen(app: WebApp, path: string, init?: RequestInit): Promise<unknown> {
  return ((await (await app.fetch(path, init)).json()) as { seen: unknown }).seen;
}

test('tells method, path, query and URL', async () => {
  await using app = await showing(({ method, path, query, url }) => [method, path, [...query], url.href]);
  expect(await seen(app, '/a%20b/c?x=1&x=2&y=%C3%A9')).toEqual([
    'GET',
    '/a%20b/c',
    [
      ['x', '1'],
      ['x', '2'],
      ['y', 'é'],
    ],
    app.url('/a%20b/c?x=1&x=2&y=%C3%A9'),
  ]);
});

test('a Host header that is no host does no harm', async () => {
  await using app = await showing(({ url }) => url.pathname);
  using connection = await app.connect();
  connection.send('GET /a HTTP/1.1\r\nHost: [[[\r\nConnection: close\r\n\r\n');
  expect(await connection.untilClosed()).toContain('{"seen":"/a"}');
});

test('tells headers, one or all, in any case', async () => {
  await using app = await showing((request) => [
    request.header('X-One'),
    request.header('x-none') ?? 'none',
    request.headers.get('X-ONE'),
    request.headers.has('x-none'),
  ]);
  expect(await seen(app, '/a', { headers: { 'x-one': '1' } })).toEqual(['1', 'none', '1', false]);
});

test("tells the address of the other end, and gives node's own request", async () => {
  await using app = await showing(({ remoteAddress, raw }) => [remoteAddress, raw.httpVersion]);
  expect(await seen(app, '/a')).toEqual(['127.0.0.1', '1.1']);
});

test('the body can be read as JSON, text and bytes, and again', async () => {
  await using app = await showing(async (request) => [
    await request.json(),
    await request.text(),
    (await request.bytes()).length,
    await request.json(),
  ]);
  expect(await seen(app, '/a', { method: 'POST', body: '"é"' })).toEqual(['é', '"é"', 4, 'é']);
});

test('the body can be read as it arrives', async () => {
  await using app = await showing(async (request) => {
    const sizes: number[] = [];
    for await (const chunk of request.body) sizes.push(chunk.length);
    return sizes.reduce((sum, size) => sum + size, 0);
  });
  expect(await seen(app, '/a', { method: 'POST', body: 'x'.repeat(300_000) })).toBe(300_000);
});

test('a request without a body has an empty one', async () => {
  await using app = await showing(async (request) => [await request.text(), (await request.bytes()).length]);
  expect(await seen(app, '/a')).toEqual(['', 0]);
});

test.each([
  ['', /the body is empty/, undefined],
  ['  \n', /the body is empty/, undefined],
  ['{"a": x}', /unexpected text at position 6 \(line 1, column 7\)/, { position: 6 }],
  ['{\n  "a": 1,\n}', /position 12 \(line 3, column 1\)/, { position: 12 }],
  ['[1, 2', /it ends too soon at position 5/, { position: 5 }],
  ['nonsense', /position [01] /, undefined],
  ['{"a": tru}', /position 9 /, { position: 9 }],
])('the body %j is refused as no JSON, and it is said where', async (body, message, details) => {
  await using app = await showing((request) => request.json());
  const response = await app.fetch('/a', { method: 'POST', body });
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: { code: string; message: string; details?: unknown } };
  expect(error.code).toBe('BAD_JSON');
  expect(error.message).toMatch(message);
  if (details) expect(error.details).toEqual(details);
});

test('a compressed body is refused rather than misread', async () => {
  await using app = await showing((request) => request.text());
  const response = await app.fetch('/a', { method: 'POST', body: 'x', headers: { 'content-encoding': 'gzip' } });
  expect(response.status).toBe(415);
});
