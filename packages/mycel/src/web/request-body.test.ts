import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { defineService } from '../core/service.ts';
import { http } from './http.ts';
import type { HttpOptions } from './http-options.ts';
import type { HttpRequest } from './http-request.ts';

class Upload {
  async read(request: HttpRequest): Promise<unknown> {
    return { size: (await request.bytes()).length };
  }

  ignore(): string {
    return 'ignored';
  }
}

function start(options: HttpOptions = {}, web: Record<string, unknown> = {}): Promise<WebApp> {
  const methods = { read: http('POST', '/read', options), ignore: http('POST', '/ignore', options) };
  return WebApp.start([defineService(Upload, 'upload', methods)], web);
}

const tooLarge = /^HTTP\/1\.1 413 [^]*Connection: close[^]*"details":\{"limit":10\}/i;

test('a body up to the limit is read', async () => {
  await using app = await start({ bodyLimit: 10 });
  const response = await app.fetch('/read', { method: 'POST', body: '0123456789' });
  expect(await response.json()).toEqual({ size: 10 });
});

test('a body whose length is too large is refused before it is sent, and the connection closed', async () => {
  await using app = await start({ bodyLimit: 10 });
  using connection = await app.connect();
  connection.send('POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
  expect(await connection.until(/limit/)).toMatch(tooLarge);
  await connection.closed;
});

test('a chunked body is refused once it is too large, before its end', async () => {
  await using app = await start({ bodyLimit: 10 });
  using connection = await app.connect();
  connection.send('POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n');
  connection.send('6\r\n678901\r\n');
  expect(await connection.until(/limit/)).toMatch(tooLarge);
  await connection.closed;
});

test('a client that sends all of a refused body before it listens gets to read the answer', async () => {
  await using app = await start({ bodyLimit: 10 });
  const response = await app.fetch('/read', { method: 'POST', body: 'x'.repeat(3_000_000) });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
});

test('a refused client may finish what it sends: it is not cut off while it does', async () => {
  await using app = await start({ bodyLimit: 10 });
  using connection = await app.connect();
  connection.send('POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
  expect(await connection.until(/limit/)).toMatch(tooLarge);
  connection.send('x'.repeat(1_000_000));
  await connection.closed;
  expect(connection.error).toBeUndefined();
});

test('a small refused body does not cost the connection', async () => {
  await using app = await start({ bodyLimit: 10 });
  using connection = await app.connect();
  const body = 'x'.repeat(20);
  connection.send(`POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n${body}`);
  await connection.until(/413[^]*limit/);
  connection.send('POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok');
  expect(await connection.until(/size/)).toContain('{"size":2}');
});

test('a body nobody reads does not get into the way of the next request', async () => {
  await using app = await start();
  using connection = await app.connect();
  connection.send(
    'POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nPOST POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok',
  );
  expect(await connection.until(/size/)).toMatch(/ignored[^]*\{"size":2\}/);
});

test('the limit is that of the configuration unless the handler has its own', async () => {
  await using strict = await start({}, { body_limit: 3 });
  expect((await strict.fetch('/read', { method: 'POST', body: '1234' })).status).toBe(413);
  await using open = await start({ bodyLimit: Infinity }, { body_limit: 3 });
  expect((await open.fetch('/read', { method: 'POST', body: '1234' })).status).toBe(200);
});

test('a client that asks before it sends is told to go on only when the body is wanted', async () => {
  await using app = await start({ bodyLimit: 10 });
  using wanted = await app.connect();
  const head = (path: string, length: number): string =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
  wanted.send(head('/read', 2));
  await wanted.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  wanted.send('ok');
  expect(await wanted.until(/size/)).toContain('{"size":2}');
  for (const [path, length, status] of [
    ['/read', 11, 413],
    ['/nowhere', 2, 404],
    ['/ignore', 2, 200],
  ] as const) {
    using other = await app.connect();
    other.send(head(path, length));
    const answer = await other.untilClosed();
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toContain('100 Continue');
  }
});
