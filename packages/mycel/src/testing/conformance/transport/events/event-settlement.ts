import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deferred } from '../../../../foundation/deferred.ts';
import type { Settlement } from '../../../../transport/event-transport.ts';
import { valueOf, serve } from '../calls.ts';
import { holdEvents, payloadsOf, publish, subscribe } from '../events.ts';
import { numbers } from '../numbers.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

/** What becomes of an event that was delivered. */
export const eventSettlement: readonly TransportBehaviour[] = [
  behaviour('an event that its handler requeues comes again, marked, as it was', async (stage) => {
    const { events } = await subscribe(await stage.transport(), {}, ({ redelivered }) =>
      redelivered ? 'ack' : 'requeue',
    );
    const context = { callIdStack: ['a'], data: { user: 1 } };
    await publish(await stage.transport(), { at: new Date(1) }, { context, headers: { tenant: 't' } });
    const { returns: _none, settled: _open, ...first } = await events.nth(1);
    const { returns: _one, settled: _ended, ...second } = await events.nth(2);
    strictEqual(first.redelivered, false);
    deepStrictEqual(second, { ...first, redelivered: true });
  }),
  behaviour('an event may be requeued many times before it is done', async (stage) => {
    let left = 10;
    const { events } = await subscribe(await stage.transport(), {}, () => (left-- > 0 ? 'requeue' : 'ack'));
    const publisher = await stage.transport();
    await publish(publisher, 'stubborn');
    await events.first(11);
    await publish(publisher, 'next');
    strictEqual((await events.nth(12)).payload, 'next');
  }),
  behaviour('an event that one handler requeues does not come again to the others', async (stage) => {
    const transport = await stage.transport();
    const content = await subscribe(transport, { method: 'content' });
    const wary = await subscribe(transport, { method: 'wary' }, ({ redelivered }) => (redelivered ? 'ack' : 'requeue'));
    await publish(transport, 'one');
    await wary.events.first(2);
    await publish(transport, 'two');
    await content.events.first(2);
    deepStrictEqual(payloadsOf(content.events), ['one', 'two']);
  }),
  behaviour('an event that an instance requeues may go to another', async (stage) => {
    const first = await holdEvents(await stage.transport());
    await publish(await stage.transport(), 'work');
    const inHand = await first.held.nth(1);
    await first.subscription.stop();
    const { events } = await subscribe(await stage.transport());
    inHand.settle('requeue');
    strictEqual((await events.nth(1)).redelivered, true);
  }),
  behaviour('an event that was acknowledged does not come again', async (stage) => {
    const first = await stage.transport();
    const { held } = await holdEvents(first);
    const publisher = await stage.transport();
    await publish(publisher, 'done');
    (await held.nth(1)).settle('ack');
    await nextTurn(); // by then the transport has the settlement
    await first.close();
    const { events } = await subscribe(await stage.transport());
    await publish(publisher, 'new');
    await events.nth(1);
    deepStrictEqual(payloadsOf(events), ['new']);
  }),
  ...[1, 4].map((prefetch) =>
    behaviour(`a handler with a prefetch of ${prefetch} has as many events in hand, and no more`, async (stage) => {
      let inHand = 0;
      let most = 0;
      const full = deferred();
      const { events } = await subscribe(await stage.transport(), { prefetch }, async (): Promise<Settlement> => {
        inHand += 1;
        most = Math.max(most, inHand);
        if (inHand === prefetch) full.resolve();
        await full.promise; // fewer would wait for ever
        await nextTurn();
        inHand -= 1;
        return 'ack';
      });
      const publisher = await stage.transport();
      await Promise.all(numbers(20).map((id) => publish(publisher, id)));
      await events.first(20);
      strictEqual(most, prefetch);
    }),
  ),
  behaviour('a busy instance leaves events to the others', async (stage) => {
    const busy = await holdEvents(await stage.transport(), { prefetch: 1 });
    const publisher = await stage.transport();
    await publish(publisher, 'long');
    await busy.held.nth(1);
    const free = await subscribe(await stage.transport(), { prefetch: 1 });
    for (const id of numbers(5)) await publish(publisher, id);
    await free.events.first(5);
    deepStrictEqual(payloadsOf(free.events), numbers(5));
    strictEqual(busy.held.items.length, 1);
  }),
  behaviour('a slow handler does not hold up the others of its transport', async (stage) => {
    const transport = await stage.transport();
    const slow = await holdEvents(transport, { method: 'slow', prefetch: 1 });
    const quick = await subscribe(transport, { method: 'quick', prefetch: 1 });
    for (const id of numbers(5)) await publish(transport, id);
    await quick.events.first(5);
    strictEqual((await slow.held.nth(1)).event.payload, 0);
    strictEqual(slow.held.items.length, 1);
  }),
  behaviour('a handler may publish and call while it handles an event', async (stage) => {
    const transport = await stage.transport();
    await serve(transport);
    const chained = await subscribe(transport, { type: 'chained', method: 'on_chained' });
    await subscribe(transport, { prefetch: 1 }, async ({ payload }): Promise<Settlement> => {
      const priced = await valueOf(transport, 'echo', { args: [payload] });
      await publish(transport, priced, { type: 'chained' });
      return 'ack';
    });
    await publish(await stage.transport(), 'link');
    strictEqual((await chained.events.nth(1)).payload, 'link');
  }),
];
