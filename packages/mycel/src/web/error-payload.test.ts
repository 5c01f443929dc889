import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { RemoteError, remoteError } from '../core/remote-error.ts';
import { defineService } from '../core/service.ts';
import { DeadlinePassedError, WorkerRefusedError } from '../core/worker-errors.ts';
import { CallTimeoutError, DisconnectedError, UnknownServiceError } from '../transport/transport-errors.ts';
import { errorPayload } from './error-payload.ts';
import { http } from './http.ts';
import { HttpError } from './http-error.ts';
import type { HttpOptions } from './http-options.ts';

class OrderNotFound extends remoteError('orders.OrderNotFound', z.object({ id: z.int() })) {
  static readonly status = 404;
}
class CardDeclined extends remoteError('payment.CardDeclined') {}
class Overdrawn extends remoteError('payment.Overdrawn') {
  readonly status = 402;
}
class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
}

function throwing(error: unknown, options: HttpOptions = {}): Promise<WebApp> {
  class Api {
    get(): never {
      throw error;
    }
  }
  return WebApp.start([defineService(Api, 'api', { get: http('GET', '/', options) })]);
}

describe('what a method throws becomes a response', () => {
  test.each<[what: string, error: unknown, status: number, body: unknown]>([
    ['a HttpError', new HttpError(404, 'no such order'), 404, { code: 'NOT_FOUND', message: 'no such order' }],
    ['a HttpError without a message', new HttpError(409), 409, { code: 'CONFLICT', message: 'Conflict' }],
    [
      'a HttpError with details',
      new HttpError(422, 'bad', { errorCode: 'X', details: { a: 1 } }),
      422,
      { code: 'X', message: 'bad', details: { a: 1 } },
    ],
    [
      'a declared error with its status',
      new OrderNotFound('no order 7', { id: 7 }),
      404,
      { code: 'orders.OrderNotFound', message: 'no order 7', details: { id: 7 } },
    ],
    ['a declared error', new CardDeclined('no'), 400, { code: 'payment.CardDeclined', message: 'no' }],
    ['a declared error with its own status', new Overdrawn('no'), 402, { code: 'payment.Overdrawn', message: 'no' }],
  ])('%s', async (_what, error, status, body) => {
    await using app = await throwing(error);
    const response = await app.fetch('/');
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: body });
    expect(app.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test("an expected error is the client's fault: 400, its message, and a warning in the log", async () => {
  await using app = await throwing(new OutOfStock('none left'), { expected: [OutOfStock] });
  const response = await app.fetch('/');
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: { code: 'OutOfStock', message: 'none left' } });
  expect(app.logged.filter(({ fields }) => 'err' in fields).map(({ level }) => level)).toEqual(['warn']);
});

test.each<[what: string, error: unknown]>([
  ['an unexpected error', new TypeError('password is hunter2')],
  ['a value that is no error', 'hunter2'],
  ['an error of a callee that was not declared', new RemoteError('hunter2', undefined)],
  ['an error of another library with a status', Object.assign(new Error('hunter2'), { status: 404 })],
])('%s is a 500 that tells nothing but the id of the call, which the log knows', async (_what, error) => {
  await using app = await throwing(error);
  const response = await app.fetch('/');
  expect(response.status).toBe(500);
  const body = (await response.json()) as { error: { code: string; message: string; callId: string } };
  expect(body.error).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', message: 'the request failed' });
  expect(JSON.stringify(body)).not.toContain('hunter2');
  const record = app.logged.find(({ level }) => level === 'error');
  expect(record?.fields).toMatchObject({ callId: body.error.callId, err: error });
});

test.each<[error: Error, status: number, code: string]>([
  [new UnknownServiceError('stock'), 502, 'MYCEL_UNKNOWN_SERVICE'],
  [new DisconnectedError('broker at amqp://secret'), 502, 'MYCEL_DISCONNECTED'],
  [new CallTimeoutError('stock', 'get', 10, { waitedMs: 10, wasSent: true }), 504, 'MYCEL_CALL_TIMEOUT'],
  [new WorkerRefusedError('api', 'get'), 503, 'MYCEL_WORKER_REFUSED'],
  [new DeadlinePassedError('api', 'get'), 503, 'MYCEL_DEADLINE_PASSED'],
])('%s is a %i with the code %s', (error, status, code) => {
  const payload = errorPayload(error, { expected: [], callId: 'api.get.1' });
  expect(payload.status).toBe(status);
  const body = JSON.parse(payload.body as string) as { error: Record<string, unknown> };
  expect(body.error).toMatchObject({ code, callId: 'api.get.1' });
  expect(body.error['message']).not.toMatch(/stock|secret/);
});

test('a refused request says when to try again', () => {
  const { headers } = errorPayload(new WorkerRefusedError('api', 'get'), { expected: [] });
  expect(headers).toMatchObject({ 'retry-after': '1' });
});

test('a HttpError can carry headers', async () => {
  await using app = await throwing(new HttpError(401, 'who?', { headers: { 'www-authenticate': 'Bearer' } }));
  expect((await app.fetch('/')).headers.get('www-authenticate')).toBe('Bearer');
});
