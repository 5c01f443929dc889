import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { CallSettlement, InboundCall, OutboundCall } from '../transport/rpc-transport.ts';
import type { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

function callTo(method: string, given: Partial<OutboundCall> = {}): OutboundCall {
  const context = { callIdStack: ['test.call.1'], data: { language: 'en' } };
  return { service: 'lab', method, args: [], kwargs: {}, context, timeoutMs: 20_000, awaitsBroker: true, ...given };
}

/** Serves on a transport of its own, which ends without settling what it gets. */
async function serveAndDieOn(transport: AmqpTransport): Promise<InboundCall> {
  const arrived = deferred<InboundCall>();
  await transport.serve('lab', { prefetch: 5 }, (call) => {
    arrived.resolve(call);
    return new Promise(() => {});
  });
  const call = await arrived.promise;
  await transport.close();
  return call;
}

describe.each(['classic', 'quorum'] as const)('in a %s queue', (rpcQueueType) => {
  const opened = (): Promise<AmqpTransport> => world.transport({ rpcQueueType });
  const serveAndDie = async (): Promise<InboundCall> => serveAndDieOn(await opened());

  describe('a call that comes back to its queue', () => {
    it('says how often, and is otherwise what it was', async () => {
      await (await opened()).serve('lab', { prefetch: 1 }, async () => ({ kind: 'requeue' })).then((s) => s.close());
      const client = await opened();
      const answer = client.call(
        callTo('work', { args: [new Date(0)], kwargs: { unit: 'm' }, headers: { tenant: 7 } }),
      );
      await answer.sent;
      const calls = [await serveAndDie(), await serveAndDie(), await serveAndDie()];
      expect(calls.map(({ returns, redelivered }) => [returns, redelivered])).toEqual([
        [0, false],
        [1, true],
        [2, true],
      ]);
      const [first, , third] = calls;
      const same = ['method', 'args', 'kwargs', 'context', 'timeoutMs', 'fromMycel'] as const;
      for (const field of same) expect(third?.[field]).toEqual(first?.[field]);
      await (await opened()).serve('lab', { prefetch: 1 }, async () => ({ kind: 'reply', value: 'at last' }));
      expect(await answer.reply).toEqual({ ok: true, value: 'at last' });
    });

    it('goes behind the others, which are not held up by it', async () => {
      await (await opened()).serve('lab', { prefetch: 1 }, async () => ({ kind: 'requeue' })).then((s) => s.close());
      const client = await opened();
      const bad = client.call(callTo('bad'));
      await bad.sent;
      await serveAndDie();
      const good = client.call(callTo('good'));
      await good.sent;
      const order = new Array<string>();
      await (await opened()).serve('lab', { prefetch: 1 }, async ({ method }): Promise<CallSettlement> => {
        order.push(method);
        return { kind: 'reply', value: method };
      });
      await Promise.all([bad.reply, good.reply]);
      expect(order).toEqual(['good', 'bad']);
    });

    it('is not sent on by the headers that would send it elsewhere', async () => {
      await (await opened()).serve('lab', { prefetch: 1 }, async () => ({ kind: 'requeue' })).then((s) => s.close());
      const foreign = await (await world.foreignClient()).createChannel();
      await foreign.assertQueue('elsewhere');
      await foreign.bindQueue('elsewhere', 'nameko-rpc', 'elsewhere');
      const body = Buffer.from('{"args":[],"kwargs":{}}');
      foreign.publish('nameko-rpc', 'lab.work', body, {
        contentType: 'application/json',
        headers: { CC: ['elsewhere'] },
      });
      const calls = [await serveAndDie(), await serveAndDie()];
      expect(calls[1]).toMatchObject({ method: 'work', returns: 1, fromMycel: false });
      expect(await foreign.checkQueue('elsewhere')).toMatchObject({ messageCount: 1 });
    });
  });

  describe('a call that is handed back', () => {
    it('has what is left of its time, and is not counted as one that ended its instance', async () => {
      const first = await opened();
      const subscription = await first.serve('lab', { prefetch: 1 }, async () => {
        void subscription.stop();
        return { kind: 'requeue', timeoutMs: 15_000 };
      });
      const client = await opened();
      const pending = client.call(callTo('work', { args: [1] }));
      await pending.sent;
      const call = deferred<InboundCall>();
      await (await opened()).serve('lab', { prefetch: 1 }, async (arrived) => {
        call.resolve(arrived);
        return { kind: 'reply', value: 'done' };
      });
      expect(await pending.reply).toEqual({ ok: true, value: 'done' });
      expect(await call.promise).toMatchObject({ redelivered: true, returns: 0, timeoutMs: 15_000, args: [1] });
    });

    it('counts if it was started', async () => {
      const first = await opened();
      const subscription = await first.serve('lab', { prefetch: 1 }, async () => {
        await subscription.stop();
        return { kind: 'requeue', wasStarted: true };
      });
      const client = await opened();
      const pending = client.call(callTo('work'));
      await pending.sent;
      await (await opened()).serve('lab', { prefetch: 1 }, async ({ returns }) => ({
        kind: 'reply',
        value: returns,
      }));
      expect(await pending.reply).toEqual({ ok: true, value: 1 });
    });
  });

  describe('a call that is accepted before it is answered', () => {
    it('can still be answered', async () => {
      await (await opened()).serve('lab', { prefetch: 5 }, async (call) => ({
        kind: 'reply',
        value: await call.accept?.(),
      }));
      const client = await opened();
      for (let calls = 0; calls < 3; calls++) {
        expect(await client.call(callTo('work')).reply).toEqual({ ok: true, value: true });
      }
    });

    it('is never delivered again', async () => {
      const dying = await opened();
      const accepted = deferred<boolean | undefined>();
      await dying.serve('lab', { prefetch: 5 }, async (call) => {
        accepted.resolve(await call.accept?.());
        return new Promise(() => {});
      });
      const client = await opened();
      void client.call(callTo('work'));
      expect(await accepted.promise).toBe(true);
      await dying.close();
      const seen = new Array<string>();
      await (await opened()).serve('lab', { prefetch: 1 }, async ({ method }) => {
        seen.push(method);
        return { kind: 'reply', value: method };
      });
      await client.call(callTo('probe')).reply;
      await client.call(callTo('behind')).reply; // where a copy of the first would have come before
      expect(seen).toEqual(['probe', 'behind']);
    });

    it('must not be run if the broker was lost meanwhile', async () => {
      const transport = await world.faultyTransport();
      const accepted = deferred<boolean | undefined>();
      await transport.serve('lab', { prefetch: 5 }, async (call) => {
        world.proxy.freeze();
        const asked = call.accept?.();
        world.proxy.cut();
        accepted.resolve(await asked);
        return { kind: 'requeue' };
      });
      void (await opened()).call(callTo('work'));
      expect(await accepted.promise).toBe(false);
      world.proxy.thaw();
    });
  });
});
