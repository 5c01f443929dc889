import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { defineService, service } from '../core/service.ts';
import { UsageError } from '../foundation/errors.ts';
import { http } from './http.ts';
import type { HttpRequest } from './http-request.ts';

@service('math')
class MathApi {
  @http('GET', '/math/add/<int:x>/<int:y>')
  add(_request: HttpRequest, { x, y }: { x: number; y: number }): unknown {
    return { result: x + y };
  }

  @http('POST', '/echo')
  async echo(request: HttpRequest): Promise<unknown> {
    return request.json();
  }

  @http('GET,PUT', '/method')
  @http(['PATCH'], '/other')
  method(request: HttpRequest): string {
    return request.method;
  }
}

test('a request fires the method with the request and the typed parameters of the rule', async () => {
  await using app = await WebApp.start([MathApi]);
  const response = await app.fetch('/math/add/1/41');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toEqual({ result: 42 });
});

test('a body is parsed as JSON and an object is sent as JSON', async () => {
  await using app = await WebApp.start([MathApi]);
  const response = await app.fetch('/echo', { method: 'POST', body: '{"name":"Zoë ✓"}' });
  expect(await response.json()).toEqual({ name: 'Zoë ✓' });
});

test('a method can have several rules, and a rule several methods', async () => {
  await using app = await WebApp.start([MathApi]);
  for (const [method, path] of [
    ['GET', '/method'],
    ['PUT', '/method'],
    ['PATCH', '/other'],
  ] as const) {
    expect(await (await app.fetch(path, { method })).text()).toBe(method);
  }
});

test('the form without decorators does the same', async () => {
  class Plain {
    twice(_request: HttpRequest, { x }: { x: number }): unknown {
      return { result: 2 * x };
    }
  }
  const plain = defineService(Plain, 'plain', { twice: http('GET', '/twice/<float:x>') });
  await using app = await WebApp.start([plain]);
  expect(await (await app.fetch('/twice/1.5')).json()).toEqual({ result: 3 });
});

test('services of a process share one server', async () => {
  class Other {
    hello(): string {
      return 'hello';
    }
  }
  const other = defineService(Other, 'other', { hello: http('GET', '/hello') });
  await using app = await WebApp.start([MathApi, other]);
  expect(await (await app.fetch('/hello')).text()).toBe('hello');
  expect(await (await app.fetch('/math/add/1/2')).json()).toEqual({ result: 3 });
});

test('HEAD is answered from a GET handler, without its body', async () => {
  await using app = await WebApp.start([MathApi]);
  const response = await app.fetch('/math/add/1/41', { method: 'HEAD' });
  expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '13', '']);
});

test('OPTIONS is answered with the methods of the path', async () => {
  await using app = await WebApp.start([MathApi]);
  const response = await app.fetch('/method', { method: 'OPTIONS' });
  expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, PUT']);
});

test('a path without its slash at the end is redirected, with its query and its method', async () => {
  class Api {
    list(request: HttpRequest): unknown {
      return [201, { method: request.method, q: request.query.get('q') }];
    }
  }
  await using app = await WebApp.start([defineService(Api, 'api', { list: http('POST', '/orders/') })]);
  const first = await app.fetch('/orders?q=1', { method: 'POST', redirect: 'manual' });
  expect([first.status, first.headers.get('location')]).toEqual([308, '/orders/?q=1']);
  const followed = await app.fetch('/orders?q=1', { method: 'POST' });
  expect(await followed.json()).toEqual({ method: 'POST', q: '1' });
});

test('a rule, a method or an option that cannot be is refused when it is declared or bound', () => {
  expect(() => http('GET', '/<int(size=1):x>')).toThrow(UsageError);
  // Text that the compiler does not know is checked all the same.
  const [method, rule]: string[] = ['FETCH', 'x'];
  expect(() => http(method ?? '', '/x')).toThrow("'FETCH' is no method");
  expect(() => http('GET', rule ?? '')).toThrow("begins with '/'");
  class Api {
    get(): number {
      return 1;
    }
  }
  const bad = defineService(Api, 'api', { get: http('GET', '/x', { status: 99, bodyLimit: -1 }) });
  return expect(WebApp.start([bad])).rejects.toThrow(/status: .*99; bodyLimit: .*-1/);
});

test('the manifest tells the methods and the rule', async () => {
  await using app = await WebApp.start([MathApi]);
  const described = app.runner.containers[0]?.entrypoints.map((entrypoint) => entrypoint.describe());
  expect(described).toContainEqual({ methods: ['GET'], rule: '/math/add/<int:x>/<int:y>' });
});

test('context data is empty unless the handler reads some out of the request', async () => {
  const seen: unknown[] = [];
  class Api {
    get(): null {
      return null;
    }
  }
  const contextData = (request: HttpRequest): Record<string, unknown> => ({
    language: request.header('Accept-Language'),
  });
  const api = defineService(Api, 'api', { get: [http('GET', '/with', { contextData }), http('GET', '/without')] });
  await using app = await WebApp.start([api]);
  app.onSpawn(({ context }) => void seen.push(context.data));
  for (const path of ['/with', '/without']) await app.fetch(path, { headers: { 'accept-language': 'de' } });
  expect(seen).toEqual([{ language: 'de' }, {}]);
});
