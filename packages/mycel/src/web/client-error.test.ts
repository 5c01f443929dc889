import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { defineService } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import { http } from './http.ts';
import type { HttpRequest } from './http-request.ts';

const entered = deferred();

class Api {
  get(): string {
    return 'here';
  }

  async post(request: HttpRequest): Promise<unknown> {
    entered.resolve();
    return request.json();
  }

  async *stream({ signal }: HttpRequest): AsyncGenerator<string> {
    yield 'first';
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  }
}
const api = defineService(Api, 'api', {
  get: http('GET', '/'),
  post: http('POST', '/'),
  stream: http('POST', '/stream'),
});

test.each<[what: string, bytes: string, status: number]>([
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['AMQP', 'AMQP\x00\x00\x09\x01', 400],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['a bad header', 'GET / HTTP/1.1\r\nHost x\r\n\r\n', 400],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
  ['length and chunks', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['headers too large', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('%s is answered with a status and the connection closed, and others are served on', async (_what, bytes, status) => {
  await using app = await WebApp.start([api]);
  using connection = await app.connect();
  connection.send(bytes);
  expect(await connection.untilClosed()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(await (await app.fetch('/')).text()).toBe('here');
});

test('the answer to garbage is JSON like the others', async () => {
  await using app = await WebApp.start([api]);
  using connection = await app.connect();
  connection.send('hello\r\n\r\n');
  const [, body] = (await connection.untilClosed()).split('\r\n\r\n');
  expect(JSON.parse(body ?? '')).toEqual({ error: { code: 'BAD_REQUEST', message: 'this is not an HTTP request' } });
});

test('a body that breaks off into garbage is answered with a 400', async () => {
  await using app = await WebApp.start([api]);
  using connection = await app.connect();
  connection.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"abc\r\n');
  await entered.promise;
  connection.send('nonsense\r\n');
  expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 400 /);
});

test('garbage after a response has begun cuts the connection instead of writing into the response', async () => {
  await using app = await WebApp.start([api]);
  using connection = await app.connect();
  connection.send('POST /stream HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n');
  await connection.until(/first/);
  connection.send('nonsense\r\n');
  const received = await connection.untilClosed();
  expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('random bytes never stop the server', async () => {
  await using app = await WebApp.start([api]);
  for (let i = 0; i < 50; i++) {
    using connection = await app.connect();
    connection.send(`${randomBytes(1 + i * 20).toString('latin1')}\r\n\r\n`);
    connection.socket.end();
    await connection.closed;
  }
  expect(await (await app.fetch('/')).text()).toBe('here');
});

test('a client that does not finish its headers in time is answered with a 408 and closed', async () => {
  await using app = await WebApp.start([api], { headers_timeout: 50, request_timeout: 100 });
  using connection = await app.connect();
  connection.send('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 408 [^]*did not arrive in time/);
});

test('a client that does not finish its body in time is answered with a 408 and closed', async () => {
  await using app = await WebApp.start([api], { headers_timeout: 50, request_timeout: 100 });
  using connection = await app.connect();
  connection.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[1');
  expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 408 /);
});

test('a connection without a request is closed after its time', async () => {
  await using app = await WebApp.start([api], { keep_alive_timeout: 50 });
  using connection = await app.connect();
  connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await connection.untilClosed()).toMatch(/here$/);
});
