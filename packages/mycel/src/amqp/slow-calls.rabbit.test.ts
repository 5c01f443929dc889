import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { CallSettlement, OutboundCall } from '../transport/rpc-transport.ts';
import { CallTimeoutError } from '../transport/transport-errors.ts';
import type { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

/** Long enough for the broker's answers to questions that are asked half-way. */
const timeoutMs = 10_000;

const probe = {
  service: 'lab',
  method: 'probe',
  args: [],
  kwargs: {},
  context: { callIdStack: [], data: {} },
  timeoutMs,
};

async function timeOut(client: AmqpTransport, given: Partial<OutboundCall> = {}): Promise<CallTimeoutError> {
  const call = client.call({ ...probe, method: 'hold', ...given });
  return call.reply.then(
    () => expect.fail('the call was answered'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(CallTimeoutError);
      return error as CallTimeoutError;
    },
  );
}

async function leaveQueue(service = 'lab'): Promise<void> {
  const gone = await world.transport();
  await gone.serve(service, { prefetch: 1 }, async () => ({ kind: 'requeue' }));
  await gone.close();
}

describe('a call that times out', () => {
  it('says that its request was routed, and how many took calls of the service', async () => {
    const release = deferred<CallSettlement>();
    await (await world.transport()).serve('lab', { prefetch: 5 }, () => release.promise);
    const client = await world.transport();
    const error = await timeOut(client);
    expect(error).toMatchObject({ wasSent: true, confirmed: true, consumers: 1, queued: 0, timeoutMs });
    expect(error.waitedMs).toBeGreaterThanOrEqual(timeoutMs - 1);
    expect(error.message).toContain("the broker has routed it; half-way, 1 took calls of 'lab', and 0 waited");
    expect(client.counters.toJSON()).toMatchObject({ calls_timed_out: { 'lab.hold': 1 } });
    release.resolve({ kind: 'drop' });
  });

  it('says that nobody takes calls of the service', async () => {
    await leaveQueue();
    const error = await timeOut(await world.transport());
    expect(error).toMatchObject({ confirmed: true, consumers: 0, queued: 1 });
    expect(error.message).toContain("start an instance of 'lab'");
  });

  it('says that the service does not keep up', async () => {
    const release = deferred<CallSettlement>();
    await (await world.transport()).serve('lab', { prefetch: 1 }, () => release.promise);
    const client = await world.transport();
    const errors = await Promise.all([timeOut(client), timeOut(client), timeOut(client)]);
    expect(errors).toMatchObject([{ queued: 2 }, { queued: 2 }, { queued: 2 }]);
    expect(errors[0]?.message).toContain("'lab' does not keep up");
    release.resolve({ kind: 'drop' });
  });

  it('disturbs no other call when the queue of its service is gone by then', async () => {
    await leaveQueue('gone');
    const release = deferred<CallSettlement>();
    await (await world.transport()).serve('lab', { prefetch: 5 }, () => release.promise);
    const client = await world.transport();
    const admin = await (await world.foreignClient()).createChannel();
    const lost = timeOut(client, { service: 'gone' });
    const slow = timeOut(client);
    await client.call({ ...probe, awaitsBroker: true }).sent; // the broker has routed those before it
    await admin.deleteQueue('rpc-gone');
    expect(await lost).toMatchObject({ confirmed: true, consumers: 0, queued: 0 });
    expect(await slow).toMatchObject({ confirmed: true, consumers: 1 });
    release.resolve({ kind: 'drop' });
  });

  it('says that it was not sent where there was no connection', async () => {
    const client = await world.faultyTransport();
    await client.prepareCalls();
    world.proxy.refuse();
    world.proxy.cut();
    await expect.poll(() => client.health().ready).toBe(false);
    const error = await timeOut(client, { timeoutMs: 500 });
    expect(error).toMatchObject({ wasSent: false, confirmed: undefined, consumers: undefined });
    expect(error.message).toMatch(/the request was not sent: there was no connection .*see whether the broker runs/);
  });
});
