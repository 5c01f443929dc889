import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TransportError } from '../../../../transport/transport-errors.ts';
import { allPayloads, holdEvents, payloadsOf, publish, subscribe } from '../events.ts';
import { numbers } from '../numbers.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';
import { eventually, within } from '../../within.ts';

/** Handlers come and go; transports close. */
export const eventStopping: readonly TransportBehaviour[] = [
  behaviour('a handler that stops is given nothing new, and what comes goes to another instance', async (stage) => {
    const stopped = await subscribe(await stage.transport());
    const publisher = await stage.transport();
    await publish(publisher, 'before');
    await stopped.events.nth(1);
    const other = await subscribe(await stage.transport());
    await stopped.subscription.stop();
    for (const id of numbers(5)) await publish(publisher, id);
    await other.events.first(5);
    deepStrictEqual(payloadsOf(other.events), numbers(5));
    deepStrictEqual(payloadsOf(stopped.events), ['before']);
    deepStrictEqual(new Set(other.events.items.map(({ redelivered }) => redelivered)), new Set([false]));
  }),
  behaviour('a handler that stops in the midst of events is given nothing once it has stopped', async (stage) => {
    const stopping = await subscribe(await stage.transport(), { prefetch: 20 });
    const publisher = await stage.transport();
    const publishing = Promise.all(numbers(200).map((id) => publish(publisher, id)));
    await stopping.events.first(10);
    await stopping.subscription.stop();
    const given = stopping.events.items.length;
    const other = await subscribe(await stage.transport());
    await publishing;
    await eventually('the rest of the events', async () => allPayloads([stopping, other]).length >= 200);
    deepStrictEqual(allPayloads([stopping, other]), numbers(200));
    strictEqual(stopping.events.items.length, given);
  }),
  behaviour('a handler that has stopped can still acknowledge what it has in hand', async (stage) => {
    const transport = await stage.transport();
    const { held, subscription } = await holdEvents(transport);
    const publisher = await stage.transport();
    await publish(publisher, 'in hand');
    const inHand = await held.nth(1);
    await subscription.stop();
    inHand.settle('ack');
    await nextTurn(); // by then the transport has the settlement
    await subscription.close();
    const { events } = await subscribe(await stage.transport());
    await publish(publisher, 'new');
    await events.nth(1);
    deepStrictEqual(payloadsOf(events), ['new']);
  }),
  behaviour(
    'the events that a handler had in hand when it was closed go to another, marked, in their order',
    async (stage) => {
      const first = await holdEvents(await stage.transport());
      const publisher = await stage.transport();
      for (const id of numbers(3)) await publish(publisher, id);
      await first.held.first(3);
      await first.subscription.stop();
      await first.subscription.close();
      const { events } = await subscribe(await stage.transport(), { prefetch: 1 });
      const again = await events.first(3);
      deepStrictEqual(
        again.map(({ payload, redelivered }) => [payload, redelivered]),
        numbers(3).map((id) => [id, true]),
      );
    },
  ),
  behaviour('the events that a transport had in hand when it was closed go to another', async (stage) => {
    const closed = await stage.transport();
    const { held } = await holdEvents(closed);
    await publish(await stage.transport(), 'unsettled');
    await held.nth(1);
    await closed.close();
    const { events } = await subscribe(await stage.transport());
    strictEqual((await events.nth(1)).redelivered, true);
  }),
  behaviour('an acknowledgement that is given after closing changes nothing', async (stage) => {
    const { held, subscription } = await holdEvents(await stage.transport());
    await publish(await stage.transport(), 'unsettled');
    const inHand = await held.nth(1);
    await subscription.close();
    inHand.settle('ack');
    const { events } = await subscribe(await stage.transport());
    strictEqual((await events.nth(1)).payload, 'unsettled');
  }),
  behaviour('stopping and closing a handler may be done twice, in either order', async (stage) => {
    const transport = await stage.transport();
    const [one, two] = [await subscribe(transport), await subscribe(transport, { method: 'other' })];
    await Promise.all([one.subscription.stop(), one.subscription.stop()]);
    await Promise.all([one.subscription.close(), one.subscription.close()]);
    await one.subscription.stop();
    await two.subscription.close();
    await two.subscription.stop();
    await two.subscription.close();
  }),
  behaviour('closing one handler leaves the others of its transport', async (stage) => {
    const transport = await stage.transport();
    const gone = await subscribe(transport, { method: 'gone' });
    const staying = await subscribe(transport, { method: 'staying' });
    await gone.subscription.close();
    await publish(await stage.transport(), 'here');
    strictEqual((await staying.events.nth(1)).payload, 'here');
    strictEqual(gone.events.items.length, 0);
  }),
  ...needing('durable', [
    behaviour('a transport that closes first sends what was published', async (stage) => {
      const publisher = await stage.transport();
      const { events } = await subscribe(await stage.transport(), { prefetch: 100 });
      const publishing = numbers(100).map((id) => publish(publisher, id));
      await publisher.close();
      deepStrictEqual(
        await Promise.all(publishing),
        numbers(100).map(() => ({ routed: true })),
      );
      await events.first(100);
      deepStrictEqual(payloadsOf(events), numbers(100));
    }),
  ]),
  behaviour('a handler that starts while its transport closes is not left running', async (stage) => {
    const closing = await stage.transport();
    const starting = subscribe(closing).catch((error: unknown) => error);
    await within(closing.close(), 'close()');
    const started = await within(starting, 'subscribe()');
    ok(!(started instanceof Error) || started instanceof TransportError, `subscribe() failed with ${String(started)}`);
    const { events } = await subscribe(await stage.transport());
    const publisher = await stage.transport();
    for (const id of numbers(5)) await publish(publisher, id);
    await events.first(5);
    deepStrictEqual(payloadsOf(events), numbers(5));
  }),
  behaviour('a closed transport publishes, prepares and subscribes nothing', async (stage) => {
    const transport = await stage.transport();
    await transport.close();
    await rejects(publish(transport, 1), { code: 'MYCEL_TRANSPORT_CLOSED' });
    await rejects(transport.events.prepare('shop'), { code: 'MYCEL_TRANSPORT_CLOSED' });
    await rejects(subscribe(transport), { code: 'MYCEL_TRANSPORT_CLOSED' });
  }),
];
