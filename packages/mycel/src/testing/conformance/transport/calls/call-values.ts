import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict';
import { answer, call, serve, success, valueOf } from '../calls.ts';
import { payloadValues, unsendableValues } from '../payload-values.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

const carried = payloadValues.map(({ what, make }) =>
  behaviour(`a call carries ${what} there and back`, async (stage) => {
    const { calls } = await serve(await stage.transport());
    deepStrictEqual(await valueOf(await stage.transport(), 'echo', { args: [make()] }), make());
    deepStrictEqual(calls.items[0]?.args, [make()]);
  }),
);

const refused = unsendableValues.map(({ what, make }) =>
  behaviour(
    `a call with ${what} among its arguments fails at the caller, naming the place, and is not sent`,
    async (stage) => {
      const { calls } = await serve(await stage.transport());
      const caller = await stage.transport();
      await rejects(call(caller, 'odd', { args: [make()] }).reply, { code: 'MYCEL_UNSERIALISABLE', path: /deep\[1\]/ });
      await valueOf(caller, 'next', { args: [1] });
      deepStrictEqual(
        calls.items.map(({ method }) => method),
        ['next'],
      );
    },
  ),
);

const unanswerable = unsendableValues.map(({ what, make }) =>
  behaviour(`a call whose result holds ${what} is answered with an error that names the place`, async (stage) => {
    await serve(await stage.transport(), ({ method }) => answer(method === 'odd' ? make() : 'sound'));
    const caller = await stage.transport();
    const reply = await call(caller, 'odd').reply;
    strictEqual(reply.ok, false);
    match(reply.ok ? '' : reply.error.value, /deep\[1\]/);
    strictEqual(await valueOf(caller, 'next'), 'sound');
  }),
);

/** Values in, values out. */
export const callValues: readonly TransportBehaviour[] = [
  ...carried,
  ...refused,
  ...unanswerable,
  behaviour('a call leaves out properties that are undefined', async (stage) => {
    await serve(await stage.transport());
    const sent = { kept: null, lost: undefined };
    deepStrictEqual(await valueOf(await stage.transport(), 'echo', { args: [sent] }), { kept: null });
  }),
  behaviour('a call sends what toJSON says', async (stage) => {
    await serve(await stage.transport());
    const price = { toJSON: () => ({ amount: 5 }) };
    deepStrictEqual(await valueOf(await stage.transport(), 'echo', { args: [price] }), { amount: 5 });
  }),
  ...[true, false].map((isPrepared) =>
    behaviour(
      `a call takes its arguments as they are when it is made, ${isPrepared ? 'later' : 'the first'} in its process`,
      async (stage) => {
        await serve(await stage.transport());
        const order = { items: ['a'] };
        const caller = await stage.transport();
        if (isPrepared) await caller.rpc.prepareCalls();
        const pending = call(caller, 'echo', { args: [order] });
        order.items.push('b');
        deepStrictEqual(await pending.reply, success({ items: ['a'] }));
      },
    ),
  ),
  behaviour('a call gives its callee values of its own', async (stage) => {
    const transport = await stage.transport();
    const order = { items: ['a'] };
    await serve(transport, ({ args: [received] }) => {
      // What was sent is what is below.
      (received as typeof order).items.push('b');
      return answer(received);
    });
    deepStrictEqual(await valueOf(transport, 'add', { args: [order] }), { items: ['a', 'b'] });
    deepStrictEqual(order, { items: ['a'] });
  }),
];
