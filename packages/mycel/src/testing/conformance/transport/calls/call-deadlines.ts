import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import type { CallSettlement, InboundCall } from '../../../../transport/rpc-transport.ts';
import type { Transport } from '../../../../transport/transport.ts';
import { answer, call, hold, lab, leaveQueue, methodsOf, serve, valueOf } from '../calls.ts';
import type { Stage } from '../stage.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';

const timedOut = { code: 'MYCEL_CALL_TIMEOUT' };

/** Makes a call of the method `late`, and waits until its time is over for certain: a broker's clock starts after the caller's. */
async function callTooLate(stage: Stage, caller: Transport): Promise<void> {
  const tick = ({ method }: InboundCall): CallSettlement => (method === 'tick' ? answer(1) : { kind: 'drop' });
  await serve(await stage.transport(), tick, { service: 'clock' });
  await caller.rpc.prepareCalls();
  const late = call(caller, 'late', { timeoutMs: 60 });
  // Sent behind it: once it is answered, the broker's clock runs.
  await Promise.all([rejects(late.reply, timedOut), valueOf(caller, 'tick', { service: 'clock' })]);
  await rejects(call(caller, 'silence', { service: 'clock', timeoutMs: 500 }).reply, timedOut);
}

const passed = [0, -1, -0.5].map((timeoutMs) =>
  behaviour(`a call with ${timeoutMs} ms left fails as too late, and is not sent`, async (stage) => {
    const { calls } = await serve(await stage.transport());
    const caller = await stage.transport();
    await rejects(call(caller, 'late', { timeoutMs }).reply, timedOut);
    await valueOf(caller, 'next');
    deepStrictEqual(methodsOf(calls), ['next']);
  }),
);

const distant = [2 ** 31, 2 ** 32, 2 ** 53, Number.POSITIVE_INFINITY].map((timeoutMs) =>
  behaviour(`a call may have ${timeoutMs} ms`, async (stage) => {
    await serve(await stage.transport());
    strictEqual(await valueOf(await stage.transport(), 'patient', { timeoutMs, args: [1] }), 1);
  }),
);

/** The caller always settles, and nobody works for one who is gone. */
export const callDeadlines: readonly TransportBehaviour[] = [
  behaviour('a call that is not answered in time fails, naming service, method and time', async (stage) => {
    await hold(await stage.transport());
    const pending = call(await stage.transport(), 'slow', { timeoutMs: 60 });
    await rejects(pending.reply, { ...timedOut, service: lab, method: 'slow', timeoutMs: 60 });
  }),
  behaviour('a call is not given up before its time', async (stage) => {
    await hold(await stage.transport());
    const caller = await stage.transport();
    await caller.rpc.prepareCalls();
    const since = performance.now();
    await rejects(call(caller, 'slow', { timeoutMs: 80 }).reply, timedOut);
    const elapsed = performance.now() - since;
    ok(elapsed >= 79, `it was given up after ${elapsed} ms`); // timers may be a little early
  }),
  behaviour('an answer that comes too late is for nobody', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    await caller.rpc.prepareCalls();
    const slow = call(caller, 'slow', { timeoutMs: 1000 });
    const [first] = await Promise.all([held.nth(1), rejects(slow.reply, timedOut)]);
    const next = call(caller, 'next');
    first.settle(answer('too late'));
    (await held.nth(2)).settle(answer('in time'));
    deepStrictEqual(await next.reply, { ok: true, value: 'in time' });
  }),
  behaviour('a call that times out does not touch those beside it', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const patient = call(caller, 'patient');
    await held.nth(1);
    await rejects(call(caller, 'hasty', { timeoutMs: 60 }).reply, timedOut);
    (await held.nth(1)).settle(answer('here'));
    deepStrictEqual(await patient.reply, { ok: true, value: 'here' });
  }),
  behaviour('a request past its deadline is not handed over by an instance that was busy', async (stage) => {
    const { held } = await hold(await stage.transport(), { prefetch: 1 });
    const caller = await stage.transport();
    const busy = call(caller, 'busy');
    await held.nth(1);
    await callTooLate(stage, caller);
    const fresh = call(caller, 'fresh');
    (await held.nth(1)).settle(answer(1));
    strictEqual((await held.nth(2)).inbound.method, 'fresh');
    (await held.nth(2)).settle(answer(2));
    await Promise.all([busy.reply, fresh.reply]);
  }),
  ...needing('durable', [
    behaviour('a request past its deadline is not handed over to an instance that starts later', async (stage) => {
      await leaveQueue(stage);
      const caller = await stage.transport();
      await callTooLate(stage, caller);
      const { calls } = await serve(await stage.transport());
      await valueOf(caller, 'fresh');
      deepStrictEqual(methodsOf(calls), ['fresh']);
    }),
  ]),
  behaviour('the callee knows how long its caller still waits', async (stage) => {
    const { calls } = await serve(await stage.transport());
    await valueOf(await stage.transport(), 'plain', { timeoutMs: 7000 });
    const { timeoutMs = Number.NaN } = await calls.nth(1);
    ok(timeoutMs > 0 && timeoutMs <= 7000, `of 7000 ms, ${timeoutMs} ms are left`);
  }),
  ...passed,
  ...distant,
];
