import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { defineService } from '../core/service.ts';
import type { ServiceDefinition } from '../core/service-definition.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { http } from './http.ts';
import type { HttpRequest } from './http-request.ts';

/** A service whose requests run until the test lets them end. */
function slowService(
  name = 'slow',
  path = '/slow',
): { service: ServiceDefinition; entered: Deferred<void>; release: Deferred<void> } {
  const [entered, release] = [deferred(), deferred()];
  class Slow {
    async get(): Promise<string> {
      entered.resolve();
      await release.promise;
      return 'done';
    }
    quick(): string {
      return 'quick';
    }
  }
  const methods = { get: http('GET', path as '/slow'), quick: http('GET', `${path}/quick` as '/slow/quick') };
  return { service: defineService(Slow, name, methods), entered, release };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

test('a running request is finished and answered, on a connection that then closes', async () => {
  const { service, entered, release } = slowService();
  await using app = await WebApp.start([service]);
  using connection = await app.connect();
  connection.send(get('/slow'));
  await entered.promise;
  const stopped = app.runner.stop();
  release.resolve();
  expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 200 [^]*Connection: close[^]*done$/);
  await stopped;
});

test('nobody new is let in while running requests finish', async () => {
  const { service, entered, release } = slowService();
  await using app = await WebApp.start([service]);
  const running = app.fetch('/slow');
  await entered.promise;
  const stopped = app.runner.stop();
  const late = connect(app.port, '127.0.0.1');
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
  release.resolve();
  expect(await (await running).text()).toBe('done');
  await stopped;
});

test('idle connections close at once, those that never asked and those that did, while a request still runs', async () => {
  const { service, entered, release } = slowService();
  await using app = await WebApp.start([service], { drain_timeout: '1h' });
  using silent = await app.connect();
  using idle = await app.connect();
  idle.send(get('/slow/quick'));
  await idle.until(/quick$/);
  const running = app.fetch('/slow');
  await entered.promise;
  const stopped = app.runner.stop();
  await Promise.all([silent.closed, idle.closed]);
  release.resolve();
  expect((await running).status).toBe(200);
  await stopped;
});

test('a request on a busy connection after the stop has begun is answered with a 503', async () => {
  const { service, entered, release } = slowService();
  await using app = await WebApp.start([service]);
  using connection = await app.connect();
  connection.send(get('/slow') + get('/slow/quick'));
  await entered.promise;
  const stopped = app.runner.stop();
  release.resolve();
  expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 200 [^]*done/);
  await stopped;
});

test('one service of a process can stop while the other is served on', async () => {
  const [one, two] = [slowService('one', '/one'), slowService('two', '/two')];
  await using app = await WebApp.start([one.service, two.service]);
  await app.runner.containers[0]?.stop();
  const response = await app.fetch('/one/quick');
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await (await app.fetch('/two/quick')).text()).toBe('quick');
});

test('a worker that outlasts the grace period is given up and its client told', async () => {
  const { service, entered } = slowService();
  await using app = await WebApp.start([service], {}, { graceMs: 1 });
  const running = app.fetch('/slow');
  await entered.promise;
  await app.runner.stop();
  expect(await (await running).json()).toMatchObject({ error: { code: 'MYCEL_WORKER_KILLED' } });
});

test('kill answers running requests with a 503 and closes every connection', async () => {
  const { service, entered } = slowService();
  const app = await WebApp.start([service]);
  using silent = await app.connect();
  const running = app.fetch('/slow');
  await entered.promise;
  await app.runner.kill();
  expect((await running).status).toBe(503);
  await silent.closed;
  expect(app.server.address).toBeUndefined();
});

test('a client that does not take its response does not hold the stop for longer than drain_timeout', async () => {
  const large = 'x'.repeat(20_000_000);
  class Large {
    get(): string {
      return large;
    }
  }
  const service = defineService(Large, 'large', { get: http('GET', '/') });
  await using app = await WebApp.start([service], { drain_timeout: 20 });
  using connection = await app.connect();
  connection.socket.pause();
  const answered = deferred<unknown>();
  app.onSpawn(({ outcome }) => answered.resolve(outcome));
  connection.send(get('/'));
  await answered.promise;
  await app.runner.stop();
  expect(app.server.address).toBeUndefined();
});

test('a stream ends with its grace period, and the stop does not wait for it any longer', async () => {
  class Endless {
    async *get({ signal }: HttpRequest): AsyncGenerator<string> {
      yield 'first';
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    }
  }
  const service = defineService(Endless, 'endless', { get: http('GET', '/') });
  await using app = await WebApp.start([service], {}, { graceMs: 20 });
  using connection = await app.connect();
  connection.send(get('/'));
  await connection.until(/first/);
  await app.runner.stop();
  expect(await connection.untilClosed()).not.toMatch(/\r\n0\r\n\r\n$/);
});

test('a connection whose response had begun before the stop closes after it, though it was promised to stay', async () => {
  const last = deferred();
  class Streaming {
    async *get(): AsyncGenerator<string> {
      yield 'first';
      await last.promise;
      yield 'last';
    }
  }
  const service = defineService(Streaming, 'streaming', { get: http('GET', '/') });
  await using app = await WebApp.start([service], { drain_timeout: '1h' });
  using connection = await app.connect();
  connection.send(get('/'));
  await connection.until(/Connection: keep-alive[^]*first/);
  const stopped = app.runner.stop();
  last.resolve();
  expect(await connection.untilClosed()).toMatch(/last\r\n0\r\n\r\n$/);
  await stopped;
});

test('stop and close can be asked for twice', async () => {
  const { service } = slowService();
  await using app = await WebApp.start([service]);
  app.server.stop();
  app.server.stop();
  await Promise.all([app.server.close(), app.server.close()]);
});
