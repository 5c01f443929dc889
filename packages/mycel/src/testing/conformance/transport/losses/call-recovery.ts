import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type { PendingCall } from '../../../../transport/rpc-transport.ts';
import { DisconnectedError, TransportError } from '../../../../transport/transport-errors.ts';
import { answer, call, hold, serve, success } from '../calls.ts';
import { numbers } from '../numbers.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';
import { eventually, within } from '../../within.ts';
import { answered } from './answered.ts';

/** Answered with that value, or disconnected. */
async function settled(reply: PendingCall['reply'], value: unknown): Promise<void> {
  try {
    deepStrictEqual(await reply, success(value));
  } catch (error) {
    if (!(error instanceof DisconnectedError)) throw error;
  }
}

/** Calls and services after their connections were lost. */
export const callRecovery: readonly TransportBehaviour[] = [
  behaviour(
    'a call that is under way when the connection is lost settles: answered, or disconnected',
    async (stage) => {
      const { held } = await hold(await stage.transport());
      const pending = call(await stage.transport(), 'slow', { timeoutMs: 600_000 });
      await held.nth(1);
      await stage.breakConnections();
      const settled = pending.reply.then(
        ({ ok }) => ok,
        (error: unknown) => error instanceof DisconnectedError,
      );
      for (const { settle } of held.items) settle(answer(1));
      strictEqual(await within(settled, 'the call to settle'), true);
    },
  ),
  behaviour('services and callers are back by themselves after their connections were lost', async (stage) => {
    await serve(await stage.transport());
    const caller = await stage.transport();
    strictEqual(await answered(caller, ['before']), 'before');
    await stage.breakConnections();
    strictEqual(await answered(caller, ['after']), 'after');
    await stage.breakConnections();
    strictEqual(await answered(caller, ['after the second']), 'after the second');
  }),
  behaviour('a caller that was not calling when the connection was lost calls again', async (stage) => {
    await serve(await stage.transport());
    const caller = await stage.transport();
    await caller.rpc.prepareCalls();
    await stage.breakConnections();
    strictEqual(await answered(caller, [1]), 1);
  }),
  behaviour('an answer to a call before the loss is not taken for one to a call after it', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const lost = call(caller, 'before');
    await held.nth(1);
    await stage.breakConnections();
    await rejects(lost.reply, { code: 'MYCEL_DISCONNECTED' });
    held.items[0]?.settle(answer('stale'));
    const settling = eventually('the call after the loss', async () => {
      for (const { inbound, settle } of held.items) settle(answer(inbound.args[0]));
      return held.items.some(({ inbound }) => inbound.method === 'echo');
    });
    strictEqual(await answered(caller, ['fresh']), 'fresh');
    await settling;
  }),
  behaviour('the callee hears of a cancellation after the connections were lost and are back', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    await stage.breakConnections();
    let told = false;
    await eventually('a cancellation to be heard', async () => {
      const controller = new AbortController();
      const seen = held.items.length;
      const { reply } = call(caller, 'slow', { signal: controller.signal });
      const began = held.nth(seen + 1).then(({ inbound }) => {
        inbound.canceller = { cancel: () => (told = true) };
      });
      await Promise.race([began, reply.catch(() => {})]);
      controller.abort();
      await reply.catch(() => {});
      await within(began, 'the call').catch(() => {});
      return told;
    });
  }),
  behaviour('each of many calls settles though connections are lost again and again', async (stage) => {
    await serve(await stage.transport(), undefined, { prefetch: 5 });
    const caller = await stage.transport();
    await caller.rpc.prepareCalls();
    const outcomes: Promise<void>[] = [];
    for (const round of numbers(3)) {
      for (const id of numbers(50))
        outcomes.push(settled(call(caller, 'echo', { args: [[round, id]] }).reply, [round, id]));
      await stage.breakConnections();
      strictEqual(await answered(caller, ['between']), 'between');
    }
    await within(Promise.all(outcomes), 'every call to settle');
  }),
  behaviour('a service that starts when connections are lost starts, or fails for that', async (stage) => {
    const [server, caller] = [await stage.transport(), await stage.transport()];
    const starting = serve(server).catch((error: unknown) => error);
    await stage.breakConnections();
    const started = await within(starting, 'serve()');
    ok(!(started instanceof Error) || started instanceof TransportError, `serve() failed with ${String(started)}`);
    if (started instanceof Error) await serve(server);
    strictEqual(await answered(caller, [1]), 1);
  }),
  ...needing('durable', [
    behaviour('a call that was in hand when the connection was lost comes again, marked', async (stage) => {
      const { held } = await hold(await stage.transport());
      call(await stage.transport(), 'work', { timeoutMs: 600_000 });
      await held.nth(1);
      await stage.breakConnections();
      strictEqual((await held.nth(2)).inbound.redelivered, true);
    }),
  ]),
];
