import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { WebApp } from '../../../../tests/support/web-app.ts';
import { service } from '../core/service.ts';
import { http } from './http.ts';
import { HttpError } from './http-error.ts';
import type { HttpRequest } from './http-request.ts';

const OrderForm = z.object({ total: z.number() });

async function* ticks(_signal: AbortSignal): AsyncGenerator<string> {
  yield 'data: tick\n\n';
}

// The example of the guide, word for word: the first test holds it to that.
@service('shop')
class Shop {
  orders = new Map([[7, { id: 7, total: 42 }]]);

  @http('GET', '/orders/<int:id>')
  show(_request: HttpRequest, { id }: { id: number }) {
    const order = this.orders.get(id);
    if (!order) throw new HttpError(404, 'no such order', { details: { id } });
    return order; // an object is sent as JSON
  }

  @http('POST', '/orders', { status: 201, bodyLimit: 10_000, timeout: '5s' })
  async create(request: HttpRequest) {
    const order = OrderForm.safeParse(await request.json());
    if (!order.success) throw new HttpError(422, 'not an order', { details: order.error.issues });
    return order.data;
  }

  @http('GET', '/orders/<int:id>/events')
  watch(request: HttpRequest) {
    return [200, { 'content-type': 'text/event-stream' }, ticks(request.signal)];
  }
}

test('the code of the guide is the code of this file', () => {
  const guide = readFileSync(new URL('../../../../docs/guide/http.md', import.meta.url), 'utf8');
  const here = readFileSync(new URL(import.meta.url), 'utf8');
  const blocks = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  expect(blocks).not.toEqual([]);
  for (const code of blocks) expect(here).toContain(code);
});

test('the example of the guide does what the guide says', async () => {
  await using app = await WebApp.start([Shop]);
  expect(await (await app.fetch('/orders/7')).json()).toEqual({ id: 7, total: 42 });
  expect(await (await app.fetch('/orders/8')).json()).toEqual({
    error: { code: 'NOT_FOUND', message: 'no such order', details: { id: 8 } },
  });
  const created = await app.fetch('/orders', { method: 'POST', body: '{"total": 1}' });
  expect([created.status, await created.json()]).toEqual([201, { total: 1 }]);
  expect((await app.fetch('/orders', { method: 'POST', body: '{}' })).status).toBe(422);
  expect(await (await app.fetch('/orders/7/events')).text()).toBe('data: tick\n\n');
});
