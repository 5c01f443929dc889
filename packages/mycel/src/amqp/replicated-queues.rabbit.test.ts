import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import type { CallSettlement, OutboundCall } from '../transport/rpc-transport.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

const call: OutboundCall = {
  service: 'lab',
  method: 'work',
  args: [],
  kwargs: {},
  context: { callIdStack: ['test.call.1'], data: {} },
  timeoutMs: 60_000,
};

describe('a caller whose connection was lost', () => {
  it.each([
    ['waits until somebody takes calls of a service with a quorum queue', 'quorum', 0],
    ['sends calls at once to a service with a classic queue', 'classic', 1],
  ] as const)('%s', async (_what, rpcQueueType, queued) => {
    const serve = async (): Promise<() => Promise<void>> => {
      const transport = await world.transport({ rpcQueueType });
      await transport.serve('lab', { prefetch: 1 }, async (): Promise<CallSettlement> => ({ kind: 'reply', value: 1 }));
      return () => transport.close();
    };
    const stop = await serve();
    const client = await world.faultyTransport();
    await client.call(call).reply;
    await stop();
    world.proxy.refuse();
    world.proxy.cut();
    await expect.poll(() => client.health().ready).toBe(false);
    const pending = client.call(call);
    world.proxy.accept();
    await expect.poll(() => client.health().ready).toBe(true);
    // A question on the connection of the call comes back behind it.
    await client.call({ ...call, service: 'nobody' }).reply.catch(() => {});
    const foreign = await (await world.foreignClient()).createChannel();
    expect((await foreign.checkQueue('rpc-lab')).messageCount).toBe(queued);
    await serve();
    expect(await pending.reply).toMatchObject({ ok: true, value: 1 });
  });
});
