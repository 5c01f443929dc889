import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { DisconnectedError } from '../../../transport/transport-errors.ts';
import type { Transport } from '../../../transport/transport.ts';
import { answer, call, hold, serve } from './calls.ts';
import { holdEvents, type HeardEvents, payloadsOf, publish, subscribe } from './events.ts';
import { numbers } from './numbers.ts';
import { behaviour, needing, type TransportBehaviour } from './transport-behaviour.ts';
import { eventually, within } from './within.ts';

/** Calls until an answer comes: a call that was on its way when the connection was lost fails, and may be made again. */
async function answered(caller: Transport, args: readonly unknown[]): Promise<unknown> {
  let value: unknown;
  await eventually('an answer after the connection was lost', async () => {
    const reply = await call(caller, 'echo', { args }).reply.catch((error: unknown) => {
      if (error instanceof DisconnectedError) return undefined;
      throw error;
    });
    if (!reply?.ok) return false;
    value = reply.value;
    return true;
  });
  return value;
}

/** All of these came, at least once each, and nothing else. */
async function allHeard({ events }: HeardEvents, payloads: readonly number[]): Promise<void> {
  const seen = (): unknown[] => [...new Set(payloadsOf(events))].toSorted((a, b) => Number(a) - Number(b));
  await eventually('every event', async () => seen().length >= payloads.length);
  deepStrictEqual(seen(), payloads);
}

const calls: readonly TransportBehaviour[] = [
  behaviour(
    'a call that is under way when the connection is lost settles: answered, or disconnected',
    async (stage) => {
      const { held } = await hold(await stage.transport());
      const pending = call(await stage.transport(), 'slow', { timeoutMs: 600_000 });
      await held.nth(1);
      await stage.breakConnections();
      const settled = pending.reply.then(
        ({ ok }) => ok,
        (error: unknown) => error instanceof DisconnectedError,
      );
      for (const { settle } of held.items) settle(answer(1));
      strictEqual(await within(settled, 'the call to settle'), true);
    },
  ),
  behaviour('services and callers are back by themselves after their connections were lost', async (stage) => {
    await serve(await stage.transport());
    const caller = await stage.transport();
    strictEqual(await answered(caller, ['before']), 'before');
    await stage.breakConnections();
    strictEqual(await answered(caller, ['after']), 'after');
    await stage.breakConnections();
    strictEqual(await answered(caller, ['after the second']), 'after the second');
  }),
  behaviour('a caller that was not calling when the connection was lost calls again', async (stage) => {
    await serve(await stage.transport());
    const caller = await stage.transport();
    await caller.rpc.prepareCalls();
    await stage.breakConnections();
    strictEqual(await answered(caller, [1]), 1);
  }),
  behaviour('an answer to a call before the loss is not taken for one to a call after it', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    const lost = call(caller, 'before');
    await held.nth(1);
    await stage.breakConnections();
    await rejects(lost.reply, { code: 'MYCEL_DISCONNECTED' });
    held.items[0]?.settle(answer('stale'));
    const settling = eventually('the call after the loss', async () => {
      for (const { inbound, settle } of held.items) settle(answer(inbound.args[0]));
      return held.items.some(({ inbound }) => inbound.method === 'echo');
    });
    strictEqual(await answered(caller, ['fresh']), 'fresh');
    await settling;
  }),
  behaviour('the callee hears of a cancellation after the connections were lost and are back', async (stage) => {
    const { held } = await hold(await stage.transport());
    const caller = await stage.transport();
    await stage.breakConnections();
    let told = false;
    await eventually('a cancellation to be heard', async () => {
      const controller = new AbortController();
      const seen = held.items.length;
      const { reply } = call(caller, 'slow', { signal: controller.signal });
      const began = held.nth(seen + 1).then(({ inbound }) => {
        inbound.canceller = { cancel: () => (told = true) };
      });
      await Promise.race([began, reply.catch(() => {})]);
      controller.abort();
      await reply.catch(() => {});
      await within(began, 'the call').catch(() => {});
      return told;
    });
  }),
];

const served: readonly TransportBehaviour[] = [
  behaviour('a call that was in hand when the connection was lost comes again, marked', async (stage) => {
    const { held } = await hold(await stage.transport());
    call(await stage.transport(), 'work', { timeoutMs: 600_000 });
    await held.nth(1);
    await stage.breakConnections();
    strictEqual((await held.nth(2)).inbound.redelivered, true);
  }),
  behaviour('an event that was in hand when the connection was lost comes again, marked', async (stage) => {
    const { held } = await holdEvents(await stage.transport());
    await publish(await stage.transport(), 'work');
    const before = await held.nth(1);
    await stage.breakConnections();
    const again = await held.nth(2);
    deepStrictEqual([again.event.payload, again.event.redelivered], ['work', true]);
    before.settle('ack'); // is of a delivery that is no more
    again.settle('ack');
  }),
  behaviour('events that were published before the loss and after it are all handled', async (stage) => {
    const heard = await subscribe(await stage.transport(), { prefetch: 1 });
    const publisher = await stage.transport();
    for (const id of numbers(20)) await publish(publisher, id);
    await stage.breakConnections();
    for (const id of numbers(40).slice(20)) await publish(publisher, id);
    await allHeard(heard, numbers(40));
  }),
  behaviour('events that are being published when the connection is lost are all taken', async (stage) => {
    const heard = await subscribe(await stage.transport(), { prefetch: 20 });
    const publisher = await stage.transport();
    await publish(publisher, 0);
    const first = numbers(200).map((id) => publish(publisher, id));
    const breaking = stage.breakConnections();
    const second = numbers(400)
      .slice(200)
      .map((id) => publish(publisher, id));
    await breaking;
    for (const { routed } of await within(Promise.all([...first, ...second]), 'every confirm')) ok(routed);
    await allHeard(heard, numbers(400));
  }),
];

const handlers = (['service-pool', 'broadcast', 'singleton'] as const).map((mode) =>
  behaviour(
    `an unreliable handler in the mode ${mode} is back by itself after its connection was lost`,
    async (stage) => {
      const { events } = await subscribe(await stage.transport(), { mode, reliable: false });
      const publisher = await stage.transport();
      await publish(publisher, 'before');
      await events.nth(1);
      await stage.breakConnections();
      await eventually('an event that is routed', async () => (await publish(publisher, 'after')).routed);
      await eventually('the event', async () => payloadsOf(events).includes('after'));
    },
  ),
);

const ends: readonly TransportBehaviour[] = [
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

/** Connections are lost: everything comes back by itself, and nothing that was taken is lost. */
export const connectionLoss: readonly TransportBehaviour[] = needing('connectionLoss', [
  ...calls,
  ...handlers,
  ...ends,
  ...needing('durable', served),
]);
