import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { Inbox } from '../inbox.ts';
import { answer, call, hold, type HeldCall, methodsOf, serve, valueOf } from '../calls.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';

const cancelled = { code: 'MYCEL_CALL_CANCELLED' };

/** Listens for its caller's change of mind. */
function cancellations({ inbound }: HeldCall): Inbox<Error> {
  const told = new Inbox<Error>(`the cancellations of ${inbound.method}`);
  inbound.canceller = { cancel: (reason) => told.add(reason) };
  return told;
}

const atCaller: readonly TransportBehaviour[] = [
  behaviour('a call whose signal has aborted before fails with the reason, and is not sent', async (stage) => {
    const { calls } = await serve(await stage.transport());
    const caller = await stage.transport();
    const { reply } = call(caller, 'never', { signal: AbortSignal.abort('no need') });
    await rejects(reply, { ...cancelled, cause: 'no need' });
    await valueOf(caller, 'next');
    deepStrictEqual(methodsOf(calls), ['next']);
  }),
  behaviour('a call that is aborted on its way fails with the reason', async (stage) => {
    const { held } = await hold(await stage.transport());
    const controller = new AbortController();
    const { reply } = call(await stage.transport(), 'slow', { signal: controller.signal });
    await held.nth(1);
    const reason = new Error('changed my mind');
    controller.abort(reason);
    await rejects(reply, { ...cancelled, cause: reason });
  }),
  behaviour('the answer to a cancelled call is for nobody', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const controller = new AbortController();
    const { reply } = call(caller, 'slow', { signal: controller.signal });
    await held.nth(1);
    controller.abort();
    await rejects(reply, cancelled);
    const next = call(caller, 'next');
    (await held.nth(1)).settle(answer('unwanted'));
    (await held.nth(2)).settle(answer('wanted'));
    deepStrictEqual(await next.reply, { ok: true, value: 'wanted' });
  }),
  behaviour('one signal cancels all calls that were made with it, and no others', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const controller = new AbortController();
    const given = { signal: controller.signal };
    const doomed = [call(caller, 'a', given), call(caller, 'b', given)];
    const spared = call(caller, 'c');
    await held.first(3);
    controller.abort();
    for (const { reply } of doomed) await rejects(reply, cancelled);
    for (const { inbound, settle } of held.items) settle(answer(inbound.method));
    deepStrictEqual(await spared.reply, { ok: true, value: 'c' });
  }),
  behaviour('a signal that aborts after the answer changes nothing', async (stage) => {
    await serve(await stage.transport());
    const controller = new AbortController();
    const caller = await stage.transport();
    const pending = call(caller, 'echo', { args: [1], signal: controller.signal });
    await pending.reply;
    controller.abort();
    deepStrictEqual(await pending.reply, { ok: true, value: 1 });
    strictEqual(await valueOf(caller, 'echo', { args: [2] }), 2);
  }),
];

const atCallee: readonly TransportBehaviour[] = [
  behaviour('the callee hears that its caller has given up', async (stage) => {
    const { held } = await hold(await stage.transport());
    const controller = new AbortController();
    const { reply } = call(await stage.transport(), 'slow', { signal: controller.signal });
    const told = cancellations(await held.nth(1));
    controller.abort();
    await rejects(reply, cancelled);
    strictEqual((await told.nth(1)).name, 'CallCancelledError');
  }),
  behaviour('only the call that was cancelled hears of it', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const [one, two] = [new AbortController(), new AbortController()];
    call(caller, 'one', { signal: one.signal });
    const first = cancellations(await held.nth(1));
    call(caller, 'two', { signal: two.signal });
    const second = cancellations(await held.nth(2));
    two.abort();
    await second.nth(1);
    strictEqual(first.items.length, 0);
    one.abort();
    await first.nth(1);
    strictEqual(second.items.length, 1);
  }),
  behaviour('whichever instance has the call hears that it was cancelled', async (stage) => {
    const instances = [
      await hold(await stage.transport(), { prefetch: 1 }),
      await hold(await stage.transport(), { prefetch: 1 }),
    ];
    const caller = await stage.transport();
    const controllers = [new AbortController(), new AbortController()];
    for (const { signal } of controllers) call(caller, 'slow', { signal });
    const told = await Promise.all(instances.map(async ({ held }) => cancellations(await held.nth(1))));
    for (const controller of controllers) controller.abort();
    for (const each of told) await each.nth(1);
    deepStrictEqual(
      told.map(({ items }) => items.length),
      [1, 1],
    );
  }),
  behaviour('a call that is cancelled while it waits is not handed over', async (stage) => {
    const { held } = await hold(await stage.transport(), { prefetch: 2 });
    const caller = await stage.transport();
    const [waiting, probe] = [new AbortController(), new AbortController()];
    const busy = call(caller, 'busy');
    call(caller, 'probe', { signal: probe.signal });
    const told = cancellations(await held.nth(2));
    const unwanted = call(caller, 'unwanted', { signal: waiting.signal, awaitsBroker: true });
    await unwanted.sent;
    waiting.abort();
    probe.abort();
    await told.nth(1); // what was cancelled before the probe is known by now
    const last = call(caller, 'last');
    for (const { settle } of held.items) settle(answer(null));
    (await held.nth(3)).settle(answer('last'));
    await Promise.all([busy.reply, last.reply]);
    deepStrictEqual(held.items.map(({ inbound }) => inbound.method).toSorted(), ['busy', 'last', 'probe']);
  }),
  behaviour('a callee that does not listen can be cancelled all the same', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const controller = new AbortController();
    const { reply } = call(caller, 'deaf', { signal: controller.signal });
    await held.nth(1);
    controller.abort();
    await rejects(reply, cancelled);
    (await held.nth(1)).settle(answer(1));
    const next = call(caller, 'next');
    (await held.nth(2)).settle(answer(2));
    deepStrictEqual(await next.reply, { ok: true, value: 2 });
  }),
];

/** A caller may change its mind. */
export const callCancellation: readonly TransportBehaviour[] = [...atCaller, ...needing('cancellation', atCallee)];
