import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { CallSettlement, OutboundCall } from '../transport/rpc-transport.ts';
import { CallTimeoutError, DisconnectedError, TransportClosedError } from '../transport/transport-errors.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

/** A service on a connection of its own that answers each call with what it was called with; it tells what came. */
async function echo(): Promise<{ methods: string[]; timeouts: (number | undefined)[] }> {
  const seen = { methods: new Array<string>(), timeouts: new Array<number | undefined>() };
  await (await world.transport()).serve('lab', { prefetch: 5 }, async ({ method, timeoutMs, args }) => {
    seen.methods.push(method);
    seen.timeouts.push(timeoutMs);
    return { kind: 'reply', value: args };
  });
  return seen;
}

function callTo(method: string, given: Partial<OutboundCall> = {}): OutboundCall {
  const context = { callIdStack: [], data: {} };
  return { service: 'lab', method, args: [], kwargs: {}, context, timeoutMs: 20_000, awaitsBroker: true, ...given };
}

describe('the deadline of a call', () => {
  it.each([0, -1, -0.5])('of %d ms has passed before the call is sent', async (timeoutMs) => {
    const seen = await echo();
    const client = await world.transport();
    const other = client.call(callTo('other'));
    await expect(client.call(callTo('late', { timeoutMs })).reply).rejects.toThrow(CallTimeoutError);
    expect(await other.reply).toMatchObject({ ok: true });
    expect(seen.methods).toEqual(['other']);
  });

  it.each([2 ** 31, 2 ** 32, 2 ** 53, Number.POSITIVE_INFINITY])('may be %d ms away', async (timeoutMs) => {
    await echo();
    const client = await world.transport();
    expect(await client.call(callTo('patient', { timeoutMs })).reply).toMatchObject({ ok: true });
  });

  it('is shorter on the wire by the time that the call waited for the connection', async () => {
    const seen = await echo();
    const client = await world.faultyTransport();
    await client.prepareCalls();
    world.proxy.refuse();
    world.proxy.cut();
    const noticed = (): Promise<string> =>
      client.call(callTo('lost', { timeoutMs: 1 })).reply.then(String, ({ message }: Error) => message);
    await expect.poll(noticed).toContain('no connection');
    const pending = client.call(callTo('waited', { timeoutMs: 20_000 }));
    await expect(client.call(callTo('measure', { timeoutMs: 60 })).reply).rejects.toThrow('was not sent');
    world.proxy.accept();
    expect(await pending.reply).toMatchObject({ ok: true });
    expect(seen.timeouts[0]).toBeLessThanOrEqual(20_000 - 59);
  });
});

describe('what cannot be sent', () => {
  it.each([
    ['NaN in a header', { headers: { share: Number.NaN } }],
    [
      'infinity in the context',
      { context: { callIdStack: [], data: { limits: [{ most: Number.POSITIVE_INFINITY }] } } },
    ],
  ])('%s fails its own call only', async (_what, given) => {
    await echo();
    const client = await world.transport();
    const other = client.call(callTo('other'));
    await expect(client.call(callTo('odd', given)).reply).rejects.toMatchObject({ code: 'MYCEL_UNSERIALISABLE' });
    expect(await other.reply).toMatchObject({ ok: true });
  });

  it('headers that are too long are said to be that', async () => {
    await echo();
    const client = await world.transport();
    const pending = client.call(callTo('odd', { headers: { long: 'x'.repeat(200_000) } }));
    await expect(pending.reply).rejects.toMatchObject({ code: 'MYCEL_UNSERIALISABLE' });
  });
});

describe('a call and its connection', () => {
  it('calls again at once though the broker still holds the lost connection and its reply queue', async () => {
    await echo();
    const client = await world.faultyTransport();
    await client.call(callTo('first')).reply;
    world.proxy.cutClients();
    await expect
      .poll(() => client.call(callTo('next', { timeoutMs: 5000 })).reply.catch(() => undefined))
      .toMatchObject({ ok: true });
  });

  it('does not take a reply to an earlier connection for an answer', async () => {
    const release = deferred<CallSettlement>();
    const started = deferred();
    await (await world.transport()).serve('lab', { prefetch: 5 }, async ({ method }) => {
      if (method !== 'hold') return { kind: 'reply', value: 'fresh' };
      started.resolve();
      return release.promise;
    });
    const client = await world.faultyTransport();
    const held = client.call(callTo('hold'));
    await started.promise;
    world.proxy.cut();
    await expect(held.reply).rejects.toThrow(DisconnectedError);
    release.resolve({ kind: 'reply', value: 'stale' });
    expect(await client.call(callTo('next')).reply).toEqual({ ok: true, value: 'fresh' });
  });

  it('fails when the transport is closed, whether it was sent or not', async () => {
    const started = deferred();
    await (await world.transport()).serve('lab', { prefetch: 5 }, () => {
      started.resolve();
      return new Promise(() => {});
    });
    const client = await world.faultyTransport();
    const sent = client.call(callTo('hold'));
    await started.promise;
    const other = await world.faultyTransport();
    world.proxy.refuse();
    const closing = client.close();
    await expect(sent.reply).rejects.toThrow(TransportClosedError);
    await closing;
    world.proxy.cut();
    const unsent = other.call(callTo('never'));
    await other.close();
    await expect(unsent.reply).rejects.toThrow(TransportClosedError);
    await expect(other.call(callTo('after')).reply).rejects.toThrow(TransportClosedError);
  });

  it('is not run when its cancellation overtakes it', async () => {
    const seen = new Array<string>();
    const release = deferred();
    const started = deferred();
    await (await world.transport()).serve('lab', { prefetch: 1 }, async ({ method }) => {
      seen.push(method);
      started.resolve();
      if (method === 'busy') await release.promise;
      return { kind: 'reply', value: null };
    });
    const client = await world.transport();
    const busy = client.call(callTo('busy'));
    await started.promise;
    const controller = new AbortController();
    const cancelled = client.call(callTo('cancelled', { signal: controller.signal }));
    await cancelled.sent;
    controller.abort();
    // A cancelled call to the same instance behind it shows that the cancellations have arrived.
    const aborted = deferred();
    const probe = new AbortController();
    const id = randomUUID();
    await (await world.transport()).serve(`probe-${id}`, { prefetch: 1 }, (call) => {
      call.canceller = { cancel: () => aborted.resolve() };
      return new Promise(() => {});
    });
    const probing = client.call(callTo('wait', { service: `probe-${id}`, signal: probe.signal }));
    await probing.sent;
    probe.abort();
    await aborted.promise;
    release.resolve();
    await busy.reply;
    await client.call(callTo('last')).reply;
    expect(seen).toEqual(['busy', 'last']);
  });
});
