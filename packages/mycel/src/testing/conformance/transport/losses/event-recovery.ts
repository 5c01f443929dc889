import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type HeardEvents, holdEvents, payloadsOf, publish, subscribe } from '../events.ts';
import { numbers } from '../numbers.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';
import { eventually, within } from '../../within.ts';

/** All of these came, at least once each, and nothing else. */
async function allHeard({ events }: HeardEvents, payloads: readonly number[]): Promise<void> {
  const seen = (): unknown[] => [...new Set(payloadsOf(events))].toSorted((a, b) => Number(a) - Number(b));
  await eventually('every event', async () => seen().length >= payloads.length);
  deepStrictEqual(seen(), payloads);
}

const handlers = (['service-pool', 'broadcast', 'singleton'] as const).map((mode) =>
  behaviour(
    `an unreliable handler in the mode ${mode} is back by itself after its connection was lost`,
    async (stage) => {
      const { events } = await subscribe(await stage.transport(), { mode, reliable: false });
      const publisher = await stage.transport();
      await publish(publisher, 'before');
      await events.nth(1);
      await stage.breakConnections();
      await eventually('an event to arrive', async () => {
        await publish(publisher, 'after'); // the first may be lost: the handler is unreliable
        return payloadsOf(events).includes('after');
      });
    },
  ),
);

/** Events and their handlers after their connections were lost. */
export const eventRecovery: readonly TransportBehaviour[] = [
  ...handlers,
  ...needing('durable', [
    behaviour('a handler keeps to its prefetch after its connection was lost', async (stage) => {
      const { held } = await holdEvents(await stage.transport(), { prefetch: 1 });
      const publisher = await stage.transport();
      await publish(publisher, 0);
      await held.nth(1);
      await stage.breakConnections();
      for (const id of [1, 2]) await publish(publisher, id);
      const again = await held.nth(2);
      const other = await subscribe(await stage.transport());
      const inHand = again.event.payload;
      await allHeard(
        other,
        numbers(3).filter((id) => id !== inHand),
      );
      strictEqual(held.items.length, 2);
    }),
    behaviour('an event that was in hand when the connection was lost comes again, marked', async (stage) => {
      const { held } = await holdEvents(await stage.transport());
      await publish(await stage.transport(), 'work');
      await held.nth(1);
      await stage.breakConnections();
      const again = await held.nth(2);
      deepStrictEqual([again.event.payload, again.event.redelivered], ['work', true]);
    }),
    behaviour('what is settled after its connection was lost settles nothing that came since', async (stage) => {
      const first = await stage.transport();
      const { held } = await holdEvents(first, { prefetch: 1 });
      const publisher = await stage.transport();
      await publish(publisher, 'work');
      const before = await held.nth(1);
      await stage.breakConnections();
      await held.nth(2);
      before.settle('ack'); // of a delivery that is no more
      await nextTurn();
      await first.close();
      const { events } = await subscribe(await stage.transport());
      strictEqual((await events.nth(1)).payload, 'work');
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
  ]),
];
