import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { WireError } from '../../../../transport/rpc-transport.ts';
import { call, serve } from '../calls.ts';
import type { Stage } from '../stage.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

async function errorOf(stage: Stage, error: WireError): Promise<WireError | undefined> {
  await serve(await stage.transport(), () => ({ kind: 'error', error }));
  const reply = await call(await stage.transport(), 'fail').reply;
  return reply.ok ? undefined : reply.error;
}

const declined: WireError = { type: 'Declined', path: 'payments.Declined', args: ['no money', 7], value: 'no money' };

/** Errors travel whole. */
export const callErrors: readonly TransportBehaviour[] = [
  behaviour('an error arrives with its type, path, arguments and text', async (stage) => {
    const { mycel, ...rest } = (await errorOf(stage, declined)) ?? {};
    deepStrictEqual(rest, declined);
    strictEqual(mycel, undefined);
  }),
  behaviour('an error arrives with its code and data', async (stage) => {
    const mycel = { code: 'payments.Declined', data: { limit: 5, currencies: ['EUR'] } };
    deepStrictEqual(await errorOf(stage, { ...declined, mycel }), { ...declined, mycel });
  }),
  behaviour('an error arrives with a code alone', async (stage) => {
    const error = { ...declined, mycel: { code: 'payments.Declined' } };
    deepStrictEqual(await errorOf(stage, error), error);
  }),
  behaviour('an error brings rich values in its arguments and data', async (stage) => {
    const mycel = { code: 'late', data: { due: new Date(9), ids: new Set([1n]) } };
    const error = { ...declined, args: [new Date(8), new Uint8Array([1]), undefined], mycel };
    deepStrictEqual(await errorOf(stage, error), error);
  }),
  behaviour('an error may have no arguments and no text', async (stage) => {
    const error = { type: 'Empty', path: 'lab.Empty', args: [], value: '' };
    const { mycel: _none, ...rest } = (await errorOf(stage, error)) ?? {};
    deepStrictEqual(rest, error);
  }),
  behaviour('an error whose data cannot be sent still brings its text', async (stage) => {
    const mycel = { code: 'odd', data: { callback: () => 1 } };
    const error = await errorOf(stage, { ...declined, mycel });
    strictEqual(error?.value.includes('no money'), true, `the text is '${error?.value}'`);
  }),
  behaviour('an error for one call does not touch the others', async (stage) => {
    await serve(await stage.transport(), ({ method, args }) =>
      method === 'fail' ? { kind: 'error', error: declined } : { kind: 'reply', value: args[0] },
    );
    const caller = await stage.transport();
    const replies = await Promise.all(
      [1, 2, 3].map((n) => call(caller, n === 2 ? 'fail' : 'echo', { args: [n] }).reply),
    );
    deepStrictEqual(
      replies.map(({ ok }) => ok),
      [true, false, true],
    );
  }),
];
