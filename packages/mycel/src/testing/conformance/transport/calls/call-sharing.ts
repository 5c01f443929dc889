import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deferred } from '../../../../foundation/deferred.ts';
import { answer, call, hold, methodsOf, serve, success, valueOf } from '../calls.ts';
import { numbers } from '../numbers.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

const settlements: readonly TransportBehaviour[] = [
  behaviour('a call that an instance hands back goes to another, marked as delivered before', async (stage) => {
    const { held, subscription } = await hold(await stage.transport());
    const pending = call(await stage.transport(), 'work');
    const first = await held.nth(1);
    await subscription.stop();
    const { calls } = await serve(await stage.transport(), () => answer('by the other'));
    first.settle({ kind: 'requeue' });
    deepStrictEqual(await pending.reply, { ok: true, value: 'by the other' });
    deepStrictEqual([first.inbound.redelivered, (await calls.nth(1)).redelivered], [false, true]);
  }),
  behaviour('a call that the only instance hands back comes to it again, as it was', async (stage) => {
    const { calls } = await serve(await stage.transport(), ({ redelivered, args }) =>
      redelivered ? answer(args[0]) : { kind: 'requeue' },
    );
    const context = { callIdStack: ['a'], data: { user: 1 } };
    const given = { args: [new Date(1)], kwargs: {}, context };
    deepStrictEqual(await valueOf(await stage.transport(), 'again', given), new Date(1));
    const [first, second] = await calls.first(2);
    deepStrictEqual([first?.args, first?.context], [second?.args, second?.context]);
  }),
  behaviour('a call that one instance keeps handing back reaches another', async (stage) => {
    await serve(await stage.transport(), () => ({ kind: 'requeue' }), { prefetch: 1 });
    await serve(await stage.transport(), () => answer('at last'), { prefetch: 1 });
    const caller = await stage.transport();
    const answers = await Promise.all(numbers(10).map((id) => valueOf(caller, `call${id}`)));
    deepStrictEqual(new Set(answers), new Set(['at last']));
  }),
  behaviour('a call that is dropped gets no answer, and does not come again', async (stage) => {
    const { calls } = await serve(await stage.transport(), ({ method }) =>
      method === 'unwanted' ? { kind: 'drop' } : answer(1),
    );
    const caller = await stage.transport();
    await caller.rpc.prepareCalls();
    const unwanted = call(caller, 'unwanted', { timeoutMs: 2000 });
    await Promise.all([calls.nth(1), rejects(unwanted.reply, { code: 'MYCEL_CALL_TIMEOUT' })]);
    await valueOf(caller, 'next');
    deepStrictEqual(methodsOf(calls), ['unwanted', 'next']);
  }),
  behaviour('a call that was answered does not come again', async (stage) => {
    const first = await stage.transport();
    const { calls } = await serve(first);
    const caller = await stage.transport();
    await valueOf(caller, 'once');
    await first.close();
    const second = await serve(await stage.transport());
    await valueOf(caller, 'next');
    deepStrictEqual([methodsOf(calls), methodsOf(second.calls)], [['once'], ['next']]);
  }),
];

/** Several instances of a service, each with a limit of its own. */
export const callSharing: readonly TransportBehaviour[] = [
  behaviour('instances of a service share its calls: a busy one leaves them to the others', async (stage) => {
    const one = await hold(await stage.transport(), { prefetch: 1 });
    const two = await hold(await stage.transport(), { prefetch: 1 });
    const caller = await stage.transport();
    const calls = ['a', 'b'].map((method) => call(caller, method));
    const held = [await one.held.nth(1), await two.held.nth(1)];
    for (const { inbound, settle } of held) settle(answer(inbound.method));
    deepStrictEqual(await Promise.all(calls.map(({ reply }) => reply)), [success('a'), success('b')]);
  }),
  behaviour('every call is handled by one instance', async (stage) => {
    const instances = await Promise.all(
      numbers(3).map(async () => serve(await stage.transport(), undefined, { prefetch: 5 })),
    );
    const caller = await stage.transport();
    await Promise.all(numbers(150).map((id) => valueOf(caller, `call${id}`)));
    const seen = instances.flatMap(({ calls }) => methodsOf(calls));
    deepStrictEqual(
      seen.toSorted(),
      numbers(150)
        .map((id) => `call${id}`)
        .toSorted(),
    );
    for (const { calls } of instances) strictEqual(calls.items.length > 0, true, 'an instance was given nothing');
  }),
  ...[1, 3].map((prefetch) =>
    behaviour(`an instance with a prefetch of ${prefetch} has as many calls in hand, and no more`, async (stage) => {
      let inHand = 0;
      let most = 0;
      const full = deferred();
      await serve(
        await stage.transport(),
        async () => {
          inHand += 1;
          most = Math.max(most, inHand);
          if (inHand === prefetch) full.resolve();
          await full.promise; // fewer would wait for ever
          await nextTurn();
          inHand -= 1;
          return answer(null);
        },
        { prefetch },
      );
      const caller = await stage.transport();
      await Promise.all(numbers(20).map((id) => call(caller, `call${id}`).reply));
      strictEqual(most, prefetch);
    }),
  ),
  behaviour('an instance that has its hands full gets the next call when it settles one', async (stage) => {
    const { held } = await hold(await stage.transport(), { prefetch: 2 });
    const caller = await stage.transport();
    const calls = numbers(4).map((id) => call(caller, `call${id}`));
    for (const number of [1, 2, 3, 4]) {
      strictEqual((await held.nth(number)).inbound.method, `call${number - 1}`);
      (await held.nth(number)).settle(answer(number));
    }
    const replies = await Promise.all(calls.map(({ reply }) => reply));
    deepStrictEqual(replies, [1, 2, 3, 4].map(success));
  }),
  behaviour('an instance may ask for more calls than any protocol counts', async (stage) => {
    await serve(await stage.transport(), undefined, { prefetch: 2 ** 24 });
    strictEqual(await valueOf(await stage.transport(), 'echo', { args: [1] }), 1);
  }),
  behaviour('instances of a service may start at the same time', async (stage) => {
    const transports = await Promise.all(numbers(5).map(() => stage.transport()));
    await Promise.all(transports.map((transport) => serve(transport)));
    const caller = await stage.transport();
    deepStrictEqual(await Promise.all(numbers(20).map((id) => valueOf(caller, 'echo', { args: [id] }))), numbers(20));
  }),
  behaviour('services of one transport have limits of their own', async (stage) => {
    const transport = await stage.transport();
    const { held } = await hold(transport, { prefetch: 1 });
    await serve(transport, () => answer('free'), { service: 'other', prefetch: 1 });
    const caller = await stage.transport();
    call(caller, 'a');
    call(caller, 'b');
    await held.nth(1);
    strictEqual(await valueOf(caller, 'quick', { service: 'other' }), 'free');
  }),
  ...settlements,
];
