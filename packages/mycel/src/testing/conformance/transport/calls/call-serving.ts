import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { answer, call, hold, methodsOf, serve, valueOf } from '../calls.ts';
import { numbers } from '../numbers.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';

const stopping: readonly TransportBehaviour[] = [
  behaviour('a service that stops is given nothing new, and what comes goes to another instance', async (stage) => {
    const stopped = await serve(await stage.transport());
    const caller = await stage.transport();
    await valueOf(caller, 'before');
    const other = await serve(await stage.transport());
    await stopped.subscription.stop();
    for (const method of ['a', 'b', 'c', 'd']) await valueOf(caller, method);
    deepStrictEqual(methodsOf(stopped.calls), ['before']);
    deepStrictEqual(methodsOf(other.calls), ['a', 'b', 'c', 'd']);
    deepStrictEqual(new Set(other.calls.items.map(({ redelivered }) => redelivered)), new Set([false]));
  }),
  behaviour('a service that stops in the midst of calls is given nothing once it has stopped', async (stage) => {
    const stopping = await serve(await stage.transport(), undefined, { prefetch: 20 });
    const caller = await stage.transport();
    const answers = numbers(200).map((id) => valueOf(caller, 'echo', { args: [id] }));
    await stopping.calls.first(10);
    await stopping.subscription.stop();
    const given = stopping.calls.items.length;
    await serve(await stage.transport());
    deepStrictEqual(await Promise.all(answers), numbers(200));
    strictEqual(stopping.calls.items.length, given);
  }),
  behaviour('a service that has stopped can still answer what it has in hand', async (stage) => {
    const { held, subscription } = await hold(await stage.transport());
    const caller = await stage.transport();
    const calls = ['a', 'b'].map((method) => call(caller, method));
    await held.first(2);
    await subscription.stop();
    for (const { inbound, settle } of held.items) settle(answer(inbound.method));
    deepStrictEqual(await Promise.all(calls.map(({ reply }) => reply)), [
      { ok: true, value: 'a' },
      { ok: true, value: 'b' },
    ]);
  }),
  behaviour('a service that has stopped can hand back what it has in hand', async (stage) => {
    const { held, subscription } = await hold(await stage.transport());
    const pending = call(await stage.transport(), 'work');
    const first = await held.nth(1);
    await subscription.stop();
    first.settle({ kind: 'requeue' });
    await serve(await stage.transport(), () => answer('by the next'));
    deepStrictEqual(await pending.reply, { ok: true, value: 'by the next' });
    strictEqual(held.items.length, 1);
  }),
  behaviour('stopping and closing a service may be done twice, in either order', async (stage) => {
    const transport = await stage.transport();
    const [one, two] = [await serve(transport), await serve(transport)];
    await Promise.all([one.subscription.stop(), one.subscription.stop()]);
    await Promise.all([one.subscription.close(), one.subscription.close()]);
    await one.subscription.stop();
    await two.subscription.close();
    await two.subscription.stop();
    await two.subscription.close();
  }),
  behaviour('a transport may serve again after it has stopped to', async (stage) => {
    const transport = await stage.transport();
    const first = await serve(transport, () => answer('first'));
    await first.subscription.stop();
    await first.subscription.close();
    await serve(transport, () => answer('second'));
    strictEqual(await valueOf(await stage.transport(), 'who'), 'second');
  }),
];

const closing: readonly TransportBehaviour[] = [
  behaviour(
    'what a service had in hand when it was closed goes to another, marked as delivered before',
    async (stage) => {
      const { held, subscription } = await hold(await stage.transport());
      const pending = call(await stage.transport(), 'work');
      await held.nth(1);
      await subscription.stop();
      const { calls } = await serve(await stage.transport(), () => answer('by the other'));
      await subscription.close();
      deepStrictEqual(await pending.reply, { ok: true, value: 'by the other' });
      strictEqual((await calls.nth(1)).redelivered, true);
    },
  ),
  behaviour('the calls that a transport had in hand when it was closed go to another', async (stage) => {
    const closed = await stage.transport();
    const { held } = await hold(closed);
    const pending = call(await stage.transport(), 'work');
    await held.nth(1);
    const { calls } = await serve(await stage.transport(), () => answer('by the other'));
    await closed.close();
    deepStrictEqual(await pending.reply, { ok: true, value: 'by the other' });
    strictEqual((await calls.nth(1)).redelivered, true);
  }),
  behaviour('an answer that is given after closing is not sent', async (stage) => {
    const { held, subscription } = await hold(await stage.transport());
    const pending = call(await stage.transport(), 'work');
    const first = await held.nth(1);
    await subscription.close();
    first.settle(answer('too late'));
    await serve(await stage.transport(), () => answer('by the other'));
    deepStrictEqual(await pending.reply, { ok: true, value: 'by the other' });
  }),
  behaviour('closing one service leaves the others of its transport running', async (stage) => {
    const transport = await stage.transport();
    const { subscription } = await serve(transport);
    await serve(transport, () => answer('still here'), { service: 'other' });
    await subscription.close();
    strictEqual(await valueOf(await stage.transport(), 'who', { service: 'other' }), 'still here');
  }),
  behaviour('a transport that serves can be called by itself', async (stage) => {
    const transport = await stage.transport();
    await serve(transport, () => answer('own'));
    strictEqual(await valueOf(transport, 'who'), 'own');
  }),
];

/** Instances come and go. */
export const callServing: readonly TransportBehaviour[] = [
  ...stopping,
  ...closing,
  ...needing('durable', [
    behaviour('calls that come while no instance runs are answered in their order by the next', async (stage) => {
      const first = await serve(await stage.transport());
      await first.subscription.stop();
      await first.subscription.close();
      const caller = await stage.transport();
      const calls = ['a', 'b', 'c'].map((method) => call(caller, method, { awaitsBroker: true }));
      await Promise.all(calls.map(({ sent }) => sent));
      const next = await serve(await stage.transport(), ({ method }) => answer(method), { prefetch: 1 });
      await Promise.all(calls.map(({ reply }) => reply));
      deepStrictEqual(methodsOf(next.calls), ['a', 'b', 'c']);
    }),
  ]),
  ...needing('unreadableMessages', [
    behaviour('what cannot be read as a call is handed over as malformed, without arguments', async (stage) => {
      const { calls } = await serve(await stage.transport(), () => ({ kind: 'drop' }));
      await stage.sendUnreadableCall('lab', 'odd');
      const { method, args, kwargs, malformed } = await calls.nth(1);
      deepStrictEqual({ method, args, kwargs }, { method: 'odd', args: [], kwargs: {} });
      strictEqual(typeof malformed === 'string' && malformed !== '', true);
    }),
    behaviour('what cannot be read does not touch the calls behind it', async (stage) => {
      const error = { type: 'Malformed', path: 'lab.Malformed', args: [], value: 'malformed' };
      await serve(await stage.transport(), ({ malformed, method }) =>
        malformed === undefined ? answer(method) : { kind: 'error', error },
      );
      await stage.sendUnreadableCall('lab', 'odd');
      strictEqual(await valueOf(await stage.transport(), 'next'), 'next');
    }),
  ]),
];
