import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { deferred } from '../foundation/deferred.ts';
import type { CallSettlement, OutboundCall } from '../transport/rpc-transport.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';

const world = useAmqpWorld();

function callTo(method: string, given: Partial<OutboundCall> = {}): OutboundCall {
  const context = { callIdStack: ['test.call.1'], data: { user_id: 2 ** 40, language: 'en' } };
  return { service: 'lab', method, args: [], kwargs: {}, context, timeoutMs: 20_000, awaitsBroker: true, ...given };
}

function reply(value: unknown): CallSettlement {
  return { kind: 'reply', value };
}

describe('a lost connection', () => {
  it('fails the calls that were sent, then serves and calls again by itself', async () => {
    const held = deferred<CallSettlement>();
    const started = deferred();
    await (await world.transport()).serve('lab', { prefetch: 5 }, async ({ method }) => {
      if (method !== 'hold') return reply('back');
      started.resolve();
      return held.promise;
    });
    const client = await world.transport();
    const pending = client.call(callTo('hold'));
    await started.promise;
    await world.rabbit.closeConnections('pulled by a test');
    await expect(pending.reply).rejects.toThrow(DisconnectedError);
    held.resolve(reply(null));
    expect(await client.call(callTo('again')).reply).toEqual({ ok: true, value: 'back' });
  });

  it('lets the broker deliver a call again whose answer could not be sent', async () => {
    let deliveries = 0;
    const second = deferred<boolean>();
    const release = deferred();
    const first = deferred();
    await (await world.transport()).serve('lab', { prefetch: 5 }, async (call) => {
      deliveries += 1;
      if (deliveries > 1) second.resolve(call.redelivered);
      first.resolve();
      await release.promise;
      return reply(1);
    });
    void (await world.transport()).call(callTo('work'));
    await first.promise;
    await world.rabbit.closeConnections();
    expect(await second.promise).toBe(true);
    release.resolve();
  });
});

describe('a deleted queue', () => {
  it('is declared and consumed again', async () => {
    await (await world.transport()).serve('lab', { prefetch: 5 }, async () => reply('here'));
    const admin = await world.foreignClient();
    const channel = await admin.createChannel();
    await channel.deleteQueue('rpc-lab');
    await expect
      .poll(async () => world.rabbit.queues().then((queues) => queues.some(({ name }) => name === 'rpc-lab')))
      .toBe(true);
    expect(await (await world.transport()).call(callTo('add')).reply).toEqual({ ok: true, value: 'here' });
  });
});
