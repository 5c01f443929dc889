import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { defineService } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import { http } from './http.ts';
import type { HttpOptions } from './http-options.ts';
import type { HttpRequest } from './http-request.ts';

function streaming(make: (request: HttpRequest) => unknown, options: HttpOptions = {}): Promise<WebApp> {
  class Api {
    get(request: HttpRequest): unknown {
      return make(request);
    }
  }
  return WebApp.start([defineService(Api, 'api', { get: http('GET', '/', options) })]);
}

test('an async iterable is sent chunk by chunk, as it comes', async () => {
  const next = deferred();
  await using app = await streaming(async function* () {
    yield 'one,';
    await next.promise;
    yield new TextEncoder().encode('two');
  });
  const response = await app.fetch('/');
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('one,');
  next.resolve();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('two');
  expect(await reader?.read()).toMatchObject({ done: true });
});

test('the headers do not wait for the first chunk', async () => {
  const next = deferred();
  await using app = await streaming(() => [
    200,
    { 'content-type': 'text/event-stream' },
    (async function* () {
      await next.promise;
      yield 'data: 1\n\n';
    })(),
  ]);
  const response = await app.fetch('/');
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  next.resolve();
  expect(await response.text()).toBe('data: 1\n\n');
});

test('a ReadableStream and the body of a Response are streamed', async () => {
  const stream = (): ReadableStream => new Response('streamed').body ?? new ReadableStream();
  await using plain = await streaming(stream);
  expect(await (await plain.fetch('/')).text()).toBe('streamed');
  await using made = await streaming(() => new Response(stream(), { status: 201 }));
  const response = await made.fetch('/');
  expect([response.status, await response.text()]).toEqual([201, 'streamed']);
});

test('a long body is sent at the pace of the client, and whole', async () => {
  const chunk = 'x'.repeat(100_000);
  await using app = await streaming(async function* () {
    for (let i = 0; i < 100; i++) yield chunk;
  });
  expect((await (await app.fetch('/')).text()).length).toBe(10_000_000);
});

test('an error before the first chunk is answered like any other', async () => {
  // oxlint-disable-next-line require-yield -- it is to throw before it yields
  await using app = await streaming(async function* () {
    throw new Error('no data');
  });
  expect((await app.fetch('/')).status).toBe(500);
});

test.each<[what: string, bad: () => unknown]>([
  ['an error', () => Promise.reject(new Error('half-way'))],
  ['a chunk that is neither text nor bytes', () => ({ a: 1 })],
])('%s in the middle cuts the connection, so that a part is not taken for the whole', async (_what, bad) => {
  const first = deferred();
  await using app = await streaming(async function* () {
    yield 'first';
    await first.promise;
    yield bad();
  });
  using connection = await app.connect();
  connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await connection.until(/first/);
  first.resolve();
  expect(await connection.untilClosed()).not.toMatch(/\r\n0\r\n\r\n$/);
  expect(app.logged.map(({ message }) => message)).toContain('the response of api.get could not be sent');
});

test('the worker ends after its stream, so that its dependencies serve to the last chunk', async () => {
  const last = deferred();
  await using app = await streaming(async function* () {
    yield 'first';
    await last.promise;
  });
  const ended = deferred<unknown>();
  let isEnded = false;
  app.onSpawn(({ outcome }) => ended.resolve(outcome.then(() => (isEnded = true))));
  const response = await app.fetch('/');
  await response.body?.getReader().read();
  expect(isEnded).toBe(false);
  last.resolve();
  expect(await ended.promise).toBe(true);
});

test('a client that goes ends the iteration, even one that waits', async () => {
  const returned = deferred();
  const waiting = { next: () => new Promise<never>(() => {}), return: () => (returned.resolve(), Promise.resolve()) };
  await using app = await streaming(() => ({ [Symbol.asyncIterator]: () => waiting }));
  using connection = await app.connect();
  connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await connection.until(/200 OK/);
  connection.socket.destroy();
  await returned.promise;
});

test('HEAD does not run the stream, and ends it', async () => {
  const returned = deferred();
  const untouched = {
    next: () => Promise.reject(new Error('it was read')),
    return: () => (returned.resolve(), Promise.resolve({ done: true as const, value: undefined })),
  };
  await using app = await streaming(() => ({ [Symbol.asyncIterator]: () => untouched }));
  const response = await app.fetch('/', { method: 'HEAD' });
  expect([response.status, response.headers.get('content-length')]).toEqual([200, null]);
  await returned.promise;
});

test('a timeout cuts a stream that goes on for too long', async () => {
  await using app = await streaming(
    async function* ({ signal }) {
      yield 'first';
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
    { timeout: '50ms' },
  );
  using connection = await app.connect();
  connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await connection.untilClosed()).not.toMatch(/\r\n0\r\n\r\n$/);
});
