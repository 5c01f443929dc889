import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { OutboundCall } from '../transport/rpc-transport.ts';
import type { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();
const context = { callIdStack: [], data: {} };
const ping: OutboundCall = { service: 'lab', method: 'ping', args: [], kwargs: {}, context, timeoutMs: 10_000 };
const pong = { ok: true, value: 'pong' };

/** A service that says which methods it has, and a caller that has called one of them. */
async function acquainted(): Promise<{ server: AmqpTransport; caller: AmqpTransport }> {
  const [server, caller] = [await world.transport(), await world.transport()];
  await server.serve('lab', { prefetch: 5, methods: ['ping'] }, async () => ({ kind: 'reply', value: 'pong' }));
  expect(await caller.call(ping).reply).toEqual(pong);
  return { server, caller };
}

/** Counts what goes by an exchange from now on. */
async function counted(exchange: string, key: string): Promise<() => Promise<number>> {
  const raw = await (await world.foreignClient()).createChannel();
  const { queue } = await raw.assertQueue('', { exclusive: true });
  await raw.bindQueue(queue, exchange, key);
  return async () => (await raw.checkQueue(queue)).messageCount;
}

describe('calls of a method after its first', () => {
  it('go by the shortcut, and their replies too', async () => {
    const { caller } = await acquainted();
    const [long, short] = [await counted('nameko-rpc', '#'), await counted('mycel-calls', 'lab.ping')];
    for (let call = 0; call < 3; call++) expect(await caller.call(ping).reply).toEqual(pong);
    expect([await long(), await short()]).toEqual([0, 3]);
    // A broker refuses this where the type is another.
    const raw = await (await world.foreignClient()).createChannel();
    await raw.assertExchange('mycel-calls', 'direct', { durable: true });
  });

  it('go the long way where the service does not say which methods it has', async () => {
    const [server, caller] = [await world.transport(), await world.transport()];
    await server.serve('lab', { prefetch: 5 }, async () => ({ kind: 'reply', value: 'pong' }));
    await caller.prepareCalls();
    const long = await counted('nameko-rpc', 'lab.ping');
    for (let call = 0; call < 2; call++) expect(await caller.call(ping).reply).toEqual(pong);
    expect(await long()).toBe(2);
  });

  it('reach a Nameko instance that shares the queue as any call does', async () => {
    const { server, caller } = await acquainted();
    await server.close();
    const nameko = await (await world.foreignClient()).createChannel();
    await nameko.consume('rpc-lab', (message) => {
      if (!message) return;
      const { fields, properties } = message;
      const body = JSON.stringify({ result: fields.routingKey, error: null });
      const { correlationId, replyTo } = properties as { correlationId: string; replyTo: string };
      nameko.publish('nameko-rpc', replyTo, Buffer.from(body), { correlationId, contentType: 'application/json' });
      nameko.ack(message);
    });
    const short = await counted('mycel-calls', 'lab.ping');
    expect(await caller.call(ping).reply).toEqual({ ok: true, value: 'lab.ping' });
    expect(await short()).toBe(1);
  });

  it('come back to another instance when the one that had them ends', async () => {
    const { server, caller } = await acquainted();
    await server.close();
    const dying = await world.transport();
    const taken = deferred();
    await dying.serve('lab', { prefetch: 1, methods: ['ping'] }, () => {
      taken.resolve();
      return new Promise(() => {});
    });
    const answer = caller.call(ping).reply;
    await taken.promise;
    await dying.close();
    const last = await world.transport();
    await last.serve('lab', { prefetch: 1, methods: ['ping'] }, async ({ returns }) => ({
      kind: 'reply',
      value: returns,
    }));
    expect(await answer).toEqual({ ok: true, value: 1 });
  });
});

describe('a call that the shortcut leads nowhere', () => {
  it('is sent again the long way, and so are those after it', async () => {
    const { server, caller } = await acquainted();
    await server.close(); // it would bind its queue again
    const raw = await (await world.foreignClient()).createChannel();
    const other = await world.transport();
    await other.serve('lab', { prefetch: 5 }, async () => ({ kind: 'reply', value: 'pong' }));
    await raw.unbindQueue('rpc-lab', 'mycel-calls', 'lab.ping');
    const long = await counted('nameko-rpc', 'lab.ping');
    const call = caller.call({ ...ping, awaitsBroker: true });
    await call.sent;
    expect(await call.reply).toEqual(pong);
    expect(await caller.call(ping).reply).toEqual(pong);
    expect(await long()).toBe(2);
  });

  it('reaches a service whose queue was deleted and declared by a Nameko instance', async () => {
    const { server, caller } = await acquainted();
    await server.close();
    const nameko = await (await world.foreignClient()).createChannel();
    await nameko.deleteQueue('rpc-lab');
    await nameko.assertQueue('rpc-lab', { durable: true });
    await nameko.bindQueue('rpc-lab', 'nameko-rpc', 'lab.*');
    await nameko.consume('rpc-lab', (message) => {
      if (!message) return;
      const { correlationId, replyTo } = message.properties as { correlationId: string; replyTo: string };
      const reply = { correlationId, contentType: 'application/json' };
      nameko.publish('nameko-rpc', replyTo, Buffer.from('{"result":"pong","error":null}'), reply);
      nameko.ack(message);
    });
    for (let call = 0; call < 3; call++) expect(await caller.call(ping).reply).toEqual(pong);
  });

  it('says so when nobody takes calls of the service any more', async () => {
    const { server, caller } = await acquainted();
    await server.close();
    await (await (await world.foreignClient()).createChannel()).deleteQueue('rpc-lab');
    const call = caller.call({ ...ping, awaitsBroker: true });
    const unknown = { code: 'MYCEL_UNKNOWN_SERVICE' };
    await Promise.all([
      expect(call.sent).rejects.toMatchObject(unknown),
      expect(call.reply).rejects.toMatchObject(unknown),
    ]);
  });
});

describe('a reply', () => {
  /** A service that holds the call that it gets until it is told. */
  async function held(
    caller: AmqpTransport,
  ): Promise<{ server: AmqpTransport; taken: Promise<void>; release: () => void }> {
    const server = await world.transport();
    const [taken, released] = [deferred(), deferred()];
    let calls = 0;
    await server.serve('lab', { prefetch: 5, methods: ['ping'] }, async () => {
      if (++calls === 2) {
        taken.resolve();
        await released.promise;
      }
      return { kind: 'reply', value: 'pong' };
    });
    expect(await caller.call(ping).reply).toEqual(pong);
    return { server, taken: taken.promise, release: () => released.resolve() };
  }

  it('takes the long way when its caller is not bound to the shortcut any more', async () => {
    const caller = await world.transport();
    const { taken, release } = await held(caller);
    const answer = caller.call(ping).reply;
    await taken;
    const raw = await (await world.foreignClient()).createChannel();
    const replies = (await world.rabbit.queues()).map(({ name }) => name).find((name) => name.startsWith('rpc.reply-'));
    // Its key is the id at the end of its name. The queue is exclusive, so only the whole exchange can be taken from it.
    expect(replies).toMatch(/[0-9a-f-]{36}$/);
    const long = await counted('nameko-rpc', replies?.slice(-36) ?? '');
    await raw.deleteExchange('mycel-calls');
    await raw.assertExchange('mycel-calls', 'direct', { durable: true });
    release();
    expect(await answer).toEqual(pong);
    expect(await long()).toBe(1);
  });

  it('to a caller that is attached anew meanwhile harms nobody', async () => {
    const caller = await world.faultyTransport();
    const { server, taken, release } = await held(caller);
    const answer = caller.call(ping).reply;
    const lost = expect(answer).rejects.toMatchObject({ code: 'MYCEL_DISCONNECTED' });
    await taken;
    world.proxy.cut();
    await lost;
    await expect.poll(() => caller.health().ready).toBe(true);
    release();
    for (let call = 0; call < 3; call++) expect(await caller.call(ping).reply).toEqual(pong);
    expect(server.counters.total('channels_lost')).toBe(0);
  });
});

describe('the exchange of the shortcut', () => {
  it('is restored when somebody deletes it, and calls go by it again', async () => {
    const { server, caller } = await acquainted();
    const raw = await (await world.foreignClient()).createChannel();
    await raw.deleteExchange('mycel-calls');
    const restored = (): number =>
      server.counters.total('exchanges_restored', 'mycel-calls') +
      caller.counters.total('exchanges_restored', 'mycel-calls');
    await expect.poll(restored).toBeGreaterThan(0);
    await expect.poll(() => server.health().ready && caller.health().ready).toBe(true);
    const short = await counted('mycel-calls', 'lab.ping');
    await expect
      .poll(async () => {
        await caller.call(ping).reply;
        return short();
      })
      .toBeGreaterThan(0);
  });

  it('costs a caller no more than the call that finds it missing', async () => {
    const { caller } = await acquainted();
    const raw = await (await world.foreignClient()).createChannel();
    for (let round = 0; round < 3; round++) {
      await raw.deleteExchange('mycel-calls');
      const failures: unknown[] = [];
      for (let call = 0; call < 4; call++)
        await caller.call(ping).reply.catch(({ code }: { code: string }) => failures.push(code));
      expect([[], ['MYCEL_DISCONNECTED']]).toContainEqual(failures);
    }
  });
});
