import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { answer, serve, valueOf } from '../calls.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';

/** How arguments are passed. */
export const callArguments: readonly TransportBehaviour[] = [
  behaviour('a call without arguments arrives with an empty list and no names', async (stage) => {
    const { calls } = await serve(await stage.transport());
    await valueOf(await stage.transport(), 'plain');
    deepStrictEqual(calls.items[0]?.args, []);
    deepStrictEqual(calls.items[0]?.kwargs, {});
  }),
  behaviour('a call keeps the order and number of its positional arguments', async (stage) => {
    const { calls } = await serve(await stage.transport());
    const args = [3, 'two', null, undefined, [1], { zero: 0 }, undefined];
    await valueOf(await stage.transport(), 'many', { args });
    deepStrictEqual(calls.items[0]?.args, args);
  }),
  behaviour('a call reaches the service under the name of its method', async (stage) => {
    const { calls } = await serve(await stage.transport());
    const caller = await stage.transport();
    for (const method of ['add', 'Add', 'add_all', 'addAll', '$add', 'addiere_größe']) await valueOf(caller, method);
    deepStrictEqual(
      calls.items.map(({ method }) => method),
      ['add', 'Add', 'add_all', 'addAll', '$add', 'addiere_größe'],
    );
  }),
  behaviour('a call reaches the service of exactly that name', async (stage) => {
    const server = await stage.transport();
    for (const service of ['lab', 'Lab', 'lab_2', 'lab-2', 'lab.two']) {
      await serve(server, () => answer(service), { service });
    }
    const caller = await stage.transport();
    for (const service of ['lab', 'Lab', 'lab_2', 'lab-2', 'lab.two']) {
      strictEqual(await valueOf(caller, 'who', { service }), service);
    }
  }),
  behaviour('a call says that a Mycel program made it, and that it was not delivered before', async (stage) => {
    const { calls } = await serve(await stage.transport());
    await valueOf(await stage.transport(), 'plain');
    const { fromMycel, redelivered, malformed } = await calls.nth(1);
    deepStrictEqual(
      { fromMycel, redelivered, malformed },
      { fromMycel: true, redelivered: false, malformed: undefined },
    );
  }),
  ...needing('keywordArguments', [
    behaviour('a call carries arguments by name', async (stage) => {
      const { calls } = await serve(await stage.transport());
      const kwargs = { amount: 5, at: new Date(5), größe: [1n], nothing: null };
      await valueOf(await stage.transport(), 'named', { kwargs });
      deepStrictEqual(calls.items[0]?.kwargs, kwargs);
      deepStrictEqual(calls.items[0]?.args, []);
    }),
    behaviour('a call carries arguments by name beside positional ones', async (stage) => {
      const { calls } = await serve(await stage.transport());
      await valueOf(await stage.transport(), 'both', { args: [1, new Set([2])], kwargs: { three: new Map([[3, 3]]) } });
      deepStrictEqual(calls.items[0]?.args, [1, new Set([2])]);
      deepStrictEqual(calls.items[0]?.kwargs, { three: new Map([[3, 3]]) });
    }),
  ]),
];
