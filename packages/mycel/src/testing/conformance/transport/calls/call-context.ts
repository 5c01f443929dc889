import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import type { OutboundCall } from '../../../../transport/rpc-transport.ts';
import type { WireContext } from '../../../../transport/wire-context.ts';
import { call, serve, valueOf } from '../calls.ts';
import type { Stage } from '../stage.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

async function arrived(stage: Stage, given: Partial<OutboundCall>): Promise<WireContext> {
  const { calls } = await serve(await stage.transport());
  await valueOf(await stage.transport(), 'plain', given);
  return (await calls.nth(1)).context;
}

/** What travels beside the arguments. */
export const callContext: readonly TransportBehaviour[] = [
  behaviour('the context of a call brings the ids of the calls that led to it, in order', async (stage) => {
    const callIdStack = ['web.get.1', 'orders.place.2', 'payments.charge.3'];
    deepStrictEqual(await arrived(stage, { context: { callIdStack, data: {} } }), { callIdStack, data: {} });
  }),
  behaviour('the context of a call may be empty', async (stage) => {
    deepStrictEqual(await arrived(stage, {}), { callIdStack: [], data: {} });
  }),
  behaviour('the context of a call brings data of many kinds', async (stage) => {
    const data = {
      user_id: 2 ** 40,
      language: 'zh-Hant 漢',
      is_admin: false,
      share: 0.125,
      most: Number.MAX_SAFE_INTEGER,
      least: -(2 ** 33),
      roles: ['a', 'b', []],
      address: { city: 'Ulm', at: { x: 1, y: -1.5 } },
      '': 'nameless',
    };
    deepStrictEqual((await arrived(stage, { context: { callIdStack: ['a'], data } })).data, data);
  }),
  behaviour('the context of a call leaves out what is null or undefined', async (stage) => {
    const data = { user: null, tenant: undefined, kept: 0 };
    deepStrictEqual((await arrived(stage, { context: { callIdStack: [], data } })).data, { kept: 0 });
  }),
  behaviour('the headers of a caller arrive in the data of the context', async (stage) => {
    const context = { callIdStack: ['a'], data: { language: 'en' } };
    const { data } = await arrived(stage, { context, headers: { tenant: 't1', weight: 7 } });
    deepStrictEqual(data, { language: 'en', tenant: 't1', weight: 7 });
  }),
  behaviour('the contexts of calls that run side by side do not mix', async (stage) => {
    const { calls } = await serve(await stage.transport());
    const caller = await stage.transport();
    const tags = Array.from({ length: 50 }, (_, index) => `call-${index}`);
    const contexts = tags.map((tag) => ({ callIdStack: [tag], data: { tag } }));
    await Promise.all(contexts.map((context, index) => valueOf(caller, tags[index] ?? '', { context })));
    for (const { method, context } of calls.items)
      deepStrictEqual(context, { callIdStack: [method], data: { tag: method } });
    strictEqual(calls.items.length, 50);
  }),
  behaviour('a context that cannot be sent fails its own call only', async (stage) => {
    await serve(await stage.transport());
    const caller = await stage.transport();
    const other = valueOf(caller, 'other', { args: [1] });
    const context = { callIdStack: [], data: { share: Number.NaN } };
    await rejects(call(caller, 'odd', { context }).reply, { code: 'MYCEL_UNSERIALISABLE' });
    strictEqual(await other, 1);
  }),
];
