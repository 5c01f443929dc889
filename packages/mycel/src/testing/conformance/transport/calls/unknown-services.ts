import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { call, lab, serve, valueOf } from '../calls.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';
import { within } from '../../within.ts';

/** Calls to services that are not there. */
export const unknownServices: readonly TransportBehaviour[] = [
  ...needing('unknownServiceAtOnce', [
    behaviour('a call to a service that never ran fails at once, naming it', async (stage) => {
      const pending = call(await stage.transport(), 'add', {
        service: 'nosuch',
        timeoutMs: 600_000,
        awaitsBroker: true,
      });
      await rejects(within(pending.reply, 'the reply'), { code: 'MYCEL_UNKNOWN_SERVICE', service: 'nosuch' });
      await rejects(within(pending.sent, 'sent'), { code: 'MYCEL_UNKNOWN_SERVICE', service: 'nosuch' });
    }),
    behaviour('a call to an unknown service fails at once though nobody awaits the broker', async (stage) => {
      const pending = call(await stage.transport(), 'add', { service: 'nosuch', timeoutMs: 600_000 });
      await rejects(within(pending.reply, 'the reply'), { code: 'MYCEL_UNKNOWN_SERVICE' });
    }),
    behaviour('a call to an unknown service does not touch the calls beside it', async (stage) => {
      await serve(await stage.transport());
      const caller = await stage.transport();
      const calls = [1, 2, 3, 4].map((n) => call(caller, 'echo', { service: n % 2 ? lab : 'nosuch', args: [n] }).reply);
      const outcomes = await Promise.allSettled(calls);
      deepStrictEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
      );
    }),
    behaviour('a service that was unknown can be called as soon as it is served', async (stage) => {
      const caller = await stage.transport();
      await rejects(call(caller, 'echo').reply, { code: 'MYCEL_UNKNOWN_SERVICE' });
      await serve(await stage.transport());
      strictEqual(await valueOf(caller, 'echo', { args: [1] }), 1);
    }),
  ]),
  ...needing('durable', [
    behaviour('a call to a service that has run waits for its next instance', async (stage) => {
      const first = await stage.transport();
      const { subscription } = await serve(first);
      await subscription.stop();
      await first.close();
      const pending = call(await stage.transport(), 'echo', { args: ['waited'], awaitsBroker: true });
      await pending.sent;
      await serve(await stage.transport());
      deepStrictEqual(await pending.reply, { ok: true, value: 'waited' });
    }),
  ]),
];
