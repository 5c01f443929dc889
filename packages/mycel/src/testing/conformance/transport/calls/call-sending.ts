import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { answer, call, hold, serve, valueOf } from '../calls.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

/** The promise `sent`. */
export const callSending: readonly TransportBehaviour[] = [
  behaviour('a call that awaits the broker is sent before it is answered', async (stage) => {
    const { held } = await hold(await stage.transport());
    const pending = call(await stage.transport(), 'slow', { awaitsBroker: true });
    await pending.sent;
    (await held.nth(1)).settle(answer('done'));
    deepStrictEqual(await pending.reply, { ok: true, value: 'done' });
  }),
  behaviour('a call that does not await the broker is sent once it is answered', async (stage) => {
    await serve(await stage.transport());
    const pending = call(await stage.transport(), 'echo', { args: [1] });
    await pending.reply;
    await pending.sent;
  }),
  behaviour('a call that cannot be sent says so in both of its promises', async (stage) => {
    await serve(await stage.transport());
    const { sent, reply } = call(await stage.transport(), 'odd', { args: [() => 1] });
    await rejects(sent, { code: 'MYCEL_UNSERIALISABLE' });
    await rejects(reply, { code: 'MYCEL_UNSERIALISABLE' });
  }),
  behaviour('a call that fails while nobody looks raises no alarm', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const alarms: unknown[] = [];
    const raise = (reason: unknown): void => void alarms.push(reason);
    process.on('unhandledRejection', raise);
    try {
      call(caller, 'odd', { args: [Symbol('odd')] });
      call(caller, 'late', { timeoutMs: 0 });
      call(caller, 'unwanted', { signal: AbortSignal.abort() });
      call(caller, 'closed');
      await held.nth(1);
      await caller.close();
      call(caller, 'after');
      await nextTurn(); // Node reports once the microtasks of a turn have run
    } finally {
      process.off('unhandledRejection', raise);
    }
    deepStrictEqual(alarms, []);
  }),
  behaviour('every call has a correlation id of its own', async (stage) => {
    await serve(await stage.transport());
    const [one, two] = [await stage.transport(), await stage.transport()];
    const calls = [one, two, one, two].map((caller) => call(caller, 'echo', { args: [1] }));
    await Promise.all(calls.map(({ reply }) => reply));
    strictEqual(new Set(calls.map(({ correlationId }) => correlationId)).size, 4);
  }),
  behaviour('calls may be prepared for, more than once and side by side', async (stage) => {
    await serve(await stage.transport());
    const caller = await stage.transport();
    await Promise.all([caller.rpc.prepareCalls(), caller.rpc.prepareCalls()]);
    await caller.rpc.prepareCalls();
    strictEqual(await valueOf(caller, 'echo', { args: [1] }), 1);
    await caller.rpc.prepareCalls();
    strictEqual(await valueOf(caller, 'echo', { args: [2] }), 2);
  }),
];
