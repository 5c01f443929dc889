import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { declareEntrypoint } from '../core/declaration.ts';
import { Entrypoint } from '../core/entrypoint.ts';
import { ServiceRunner } from '../core/runner.ts';
import { defineService } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import { silentLogger } from '../foundation/logger.ts';
import { http } from './http.ts';
import { RouteConflictError, WebListenError } from './web-errors.ts';
import { webSection } from './web-options.ts';
import { webServerResource } from './web-resource.ts';
import { WebServer } from './web-server.ts';

class Api {
  get(): string {
    return 'here';
  }
}
const api = defineService(Api, 'api', { get: http('GET', '/') });

const serverAt = (address: string): WebServer => new WebServer(webSection.schema.parse({ address }), silentLogger);

test('it says where it listens', async () => {
  await using app = await WebApp.start([api]);
  expect(app.server.address).toEqual({ host: '127.0.0.1', port: app.port });
  expect(app.logged).toContainEqual(
    expect.objectContaining({ level: 'info', message: `web server listens at http://127.0.0.1:${app.port}` }),
  );
});

test('a port that is in use fails the start, saying which and what to try', async () => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const started = WebApp.start([api], { address });
  await expect(started).rejects.toThrow(WebListenError);
  await expect(started).rejects.toThrow(`cannot listen at ${address}: the port is in use`);
  other.close();
});

test.each([
  ['203.0.113.1:0', 'no interface of this machine has that address'],
  ['no-such-host.invalid:0', 'the host is unknown'],
])('%s cannot be listened at: %s', async (address, why) => {
  await expect(serverAt(address).listen()).rejects.toThrow(why);
});

test('two services with the same route fail the start, naming both methods', async () => {
  const twin = defineService(Api, 'twin', { get: http('GET', '/') });
  const started = WebApp.start([api, twin]);
  await expect(started).rejects.toThrow(RouteConflictError);
  await expect(started).rejects.toThrow('GET / is handled twice: by api.get and by twin.get');
});

test('a service without a web server among its resources says so', async () => {
  const runner = new ServiceRunner([api]);
  await expect(runner.start()).rejects.toThrow("no 'web server' was given to the runner");
});

test('a process without http entrypoints opens no port', async () => {
  const resource = webServerResource({ section: () => expect.fail('nobody asked'), check: () => {} }, silentLogger);
  class Silent {}
  const runner = new ServiceRunner([defineService(Silent, 'silent', {})], { resources: [resource] });
  await runner.start();
  expect(resource.server).toBeUndefined();
  await runner.stop();
});

test('the routes of a service that is still starting are answered with a 503', async () => {
  const release = deferred();
  class SlowStart extends Entrypoint {
    readonly kind = 'slow';
    override setup(): Promise<void> {
      return release.promise;
    }
  }
  class Late {
    get(): null {
      return null;
    }
    wait(): void {}
  }
  const slow = declareEntrypoint('slow', () => new SlowStart());
  const late = defineService(Late, 'late', { get: http('GET', '/late'), wait: slow });
  const config = {
    section: () => ({ ...webSection.schema.parse({}), address: '127.0.0.1:0' }) as never,
    check: () => {},
  };
  const listening = deferred<{ port: number }>();
  const logger = { ...silentLogger, info: () => listening.resolve(resource.server?.address ?? { port: 0 }) };
  const resource = webServerResource(config, logger);
  const runner = new ServiceRunner([api, late], { resources: [resource] });
  const started = runner.start();
  const address = await listening.promise;
  const response = await fetch(`http://127.0.0.1:${address.port}/late`);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  release.resolve();
  await started;
  expect((await fetch(`http://127.0.0.1:${address.port}/late`)).status).toBe(200);
  await runner.stop();
});

test('a server that is stopped while it begins to listen does not listen', async () => {
  const server = serverAt('127.0.0.1:0');
  const listening = expect(server.listen()).rejects.toThrow('it was stopped meanwhile');
  server.stop();
  await listening;
  await server.close();
  expect(server.address).toBeUndefined();
});
