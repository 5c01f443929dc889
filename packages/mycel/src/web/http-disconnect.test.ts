import { expect, test } from 'vitest';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { defineService } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import { http } from './http.ts';
import type { HttpRequest } from './http-request.ts';
import { ClientDisconnectedError } from './web-errors.ts';

test('a client that goes aborts the signal of the worker, which is no error of the service', async () => {
  const entered = deferred();
  const aborted = deferred<unknown>();
  class Slow {
    async get({ signal }: HttpRequest): Promise<never> {
      entered.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      aborted.resolve(signal.reason);
      throw signal.reason;
    }
  }
  await using app = await WebApp.start([defineService(Slow, 'slow', { get: http('GET', '/') })]);
  using connection = await app.connect();
  connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await entered.promise;
  connection.socket.destroy();
  expect(await aborted.promise).toBeInstanceOf(ClientDisconnectedError);
  await app.runner.stop();
  expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a client that goes while its request waits for a worker costs no worker', async () => {
  const entered = deferred();
  const release = deferred();
  const run: string[] = [];
  class Slow {
    async get(_request: HttpRequest, { name }: { name: string }): Promise<null> {
      run.push(name);
      entered.resolve();
      await release.promise;
      return null;
    }
  }
  const slow = defineService(Slow, 'slow', { get: http('GET', '/<name>') }, { maxWorkers: 1 });
  await using app = await WebApp.start([slow]);
  const first = app.fetch('/first');
  await entered.promise;
  const given = deferred<unknown>();
  using connection = await app.connect();
  app.onSpawn(({ outcome }) => {
    given.resolve(outcome.catch((error: unknown) => error));
    connection.socket.destroy();
  });
  connection.send('GET /second HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await given.promise).toBeInstanceOf(ClientDisconnectedError);
  release.resolve();
  await first;
  expect(run).toEqual(['first']);
});

test('a client that goes in the middle of its body ends the reading of it', async () => {
  const entered = deferred();
  const failed = deferred<unknown>();
  class Upload {
    async post(request: HttpRequest): Promise<null> {
      entered.resolve();
      await request.bytes().catch((error: unknown) => failed.resolve(error));
      return null;
    }
  }
  await using app = await WebApp.start([defineService(Upload, 'upload', { post: http('POST', '/') })]);
  using connection = await app.connect();
  connection.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this');
  await entered.promise;
  connection.socket.destroy();
  expect(await failed.promise).toBeInstanceOf(Error);
});
