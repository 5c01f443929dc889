import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { call, serve } from '../calls.ts';
import { publish, subscribe } from '../events.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';
import { within } from '../../within.ts';
import { answered } from './answered.ts';

/** What has lost its connection can be ended. */
export const endingAfterLoss: readonly TransportBehaviour[] = [
  behaviour('a subscription that has lost its connection can be stopped and closed', async (stage) => {
    const transport = await stage.transport();
    const [service, handler] = [await serve(transport), await subscribe(transport)];
    await stage.breakConnections();
    for (const { subscription } of [service, handler]) {
      await within(subscription.stop(), 'stop()');
      await within(subscription.close(), 'close()');
    }
    const other = await stage.transport();
    const next = [await serve(other), await subscribe(other)] as const;
    strictEqual(await answered(other, [1]), 1);
    await publish(other, 2);
    strictEqual((await next[1].events.nth(1)).payload, 2);
    deepStrictEqual([service.calls.items.length, handler.events.items.length], [0, 0]);
  }),
  behaviour('a transport that has lost its connection can be closed, and comes back no more', async (stage) => {
    const transport = await stage.transport();
    const gone = await subscribe(transport);
    await serve(transport);
    await stage.breakConnections();
    await within(transport.close(), 'close()');
    const other = await stage.transport();
    const { events } = await subscribe(other);
    await publish(other, 1);
    strictEqual((await events.nth(1)).payload, 1);
    strictEqual(gone.events.items.length, 0);
    await rejects(call(transport, 'echo').reply, { code: 'MYCEL_TRANSPORT_CLOSED' });
  }),
];
