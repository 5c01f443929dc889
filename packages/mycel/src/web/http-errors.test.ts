import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import { defineService } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import { http } from './http.ts';
import type { HttpRequest } from './http-request.ts';
import { HttpError } from './http-error.ts';
import { HttpEntrypoint } from './http-entrypoint.ts';
import { declareEntrypoint } from '../core/declaration.ts';
import { UrlRule } from './url-rule.ts';
import type { ResponsePayload } from './response-payload.ts';

class Api {
  get(_request: HttpRequest, { n }: { n: number }): unknown {
    return { n };
  }
}
const api = defineService(Api, 'api', { get: http('GET', '/n/<int:n>') });

test.each<[what: string, method: string, path: string, status: number, code: string]>([
  ['an unknown path', 'GET', '/nowhere', 404, 'NOT_FOUND'],
  ['a parameter that does not fit', 'GET', '/n/abc', 404, 'NOT_FOUND'],
  ['a wrong method', 'POST', '/n/1', 405, 'METHOD_NOT_ALLOWED'],
  ['a method nobody knows', 'PROPFIND', '/n/1', 405, 'METHOD_NOT_ALLOWED'],
  ['a broken percent-encoding', 'GET', '/n/%zz', 400, 'BAD_REQUEST'],
])('%s is answered in JSON', async (_what, method, path, status, code) => {
  await using app = await WebApp.start([api]);
  const response = await app.fetch(path, { method });
  expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json']);
  expect(await response.json()).toMatchObject({ error: { code } });
});

test('a wrong method is told the right ones', async () => {
  await using app = await WebApp.start([api]);
  expect((await app.fetch('/n/1', { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
});

test('an error while context data is read is the answer, and no worker runs', async () => {
  const contextData = (): never => {
    throw new HttpError(401, 'who are you?');
  };
  const guarded = defineService(Api, 'guarded', { get: http('GET', '/n/<int:n>', { contextData }) });
  await using app = await WebApp.start([guarded]);
  expect((await app.fetch('/n/1')).status).toBe(401);
});

test.each<[what: string, error: HttpError]>([
  ['details that are no JSON', new HttpError(400, 'bad', { details: { n: 1n } })],
  ['a header that is none', new HttpError(400, 'bad', { headers: { 'x-reason': 'a\r\nb' } })],
])('an error with %s is a 500, and the service lives on', async (_what, error) => {
  class Failing {
    get(): never {
      throw error;
    }
  }
  await using app = await WebApp.start([defineService(Failing, 'failing', { get: http('GET', '/') })]);
  for (const _attempt of [1, 2]) expect((await app.fetch('/')).status).toBe(500);
  expect(app.runner.containers[0]?.state).toBe('running');
  expect(app.logged.map(({ message }) => message)).toContain(
    'the error of failing.get could not be sent to the client',
  );
});

test('a dependency that fails is answered with a 500 and ends the service', async () => {
  class Broken extends DependencyProvider {
    override getDependency(): never {
      throw new Error('no database');
    }
  }
  class NeedsIt {
    readonly db = dependency(() => new Broken());
    get(): null {
      return null;
    }
  }
  const app = await WebApp.start([defineService(NeedsIt, 'needs_it', { get: http('GET', '/') })]);
  const died = expect(app.runner.wait()).rejects.toThrow('no database');
  expect((await app.fetch('/')).status).toBe(500);
  await died;
});

test('a request waits for a free worker of the service', async () => {
  const entered = deferred();
  const release = deferred();
  const order: string[] = [];
  class Slow {
    async get(_request: HttpRequest, { name }: { name: string }): Promise<null> {
      order.push(name);
      entered.resolve();
      await release.promise;
      return null;
    }
  }
  const slow = defineService(Slow, 'slow', { get: http('GET', '/<name>') }, { maxWorkers: 1 });
  await using app = await WebApp.start([slow]);
  const first = app.fetch('/first');
  await entered.promise;
  const spawned = deferred();
  app.onSpawn(() => spawned.resolve());
  const second = app.fetch('/second');
  await spawned.promise;
  expect(order).toEqual(['first']);
  release.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
});

test('a handler that takes longer than its timeout is answered with a 503, and its signal aborts', async () => {
  const aborted = deferred<unknown>();
  class Slow {
    async get(request: HttpRequest): Promise<null> {
      await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve()));
      aborted.resolve(request.signal.reason);
      return null;
    }
  }
  const slow = defineService(Slow, 'slow', { get: http('GET', '/', { timeout: '20ms' }) });
  await using app = await WebApp.start([slow]);
  const response = await app.fetch('/');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { code: 'MYCEL_WEB_TIMEOUT' } });
  expect(await aborted.promise).toMatchObject({
    code: expect.stringMatching(/MYCEL_WEB_TIMEOUT|MYCEL_WORKER_TIMED_OUT/),
  });
});

test('a subclass changes what all of its handlers answer', async () => {
  class TextErrors extends HttpEntrypoint {
    protected override responseToError(error: unknown): ResponsePayload {
      return { status: 500, headers: { 'content-type': 'text/plain' }, body: `Error: ${String(error)}` };
    }
  }
  class Failing {
    get(): never {
      throw new Error('boom');
    }
  }
  const get = declareEntrypoint('http', () => new TextErrors(['GET'], new UrlRule('/')));
  await using app = await WebApp.start([defineService(Failing, 'failing', { get })]);
  expect(await (await app.fetch('/')).text()).toBe('Error: Error: boom');
});
