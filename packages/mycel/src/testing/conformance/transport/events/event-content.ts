import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict';
import { payloadsOf, publish, subscribe } from '../events.ts';
import { numbers } from '../numbers.ts';
import { payloadValues, unsendableValues } from '../payload-values.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';

const carried = payloadValues
  // JSON has no undefined, and an event needs none: its payload is then null.
  .filter(({ what }) => what !== 'undefined')
  .map(({ what, make }) =>
    behaviour(`an event carries ${what}`, async (stage) => {
      const { events } = await subscribe(await stage.transport());
      deepStrictEqual(await publish(await stage.transport(), make()), { routed: true });
      deepStrictEqual((await events.nth(1)).payload, make());
    }),
  );

const refused = unsendableValues.map(({ what, make }) =>
  behaviour(`an event with ${what} in its payload is refused at its sender, naming the place`, async (stage) => {
    const { events } = await subscribe(await stage.transport());
    const publisher = await stage.transport();
    await rejects(publish(publisher, make()), { code: 'MYCEL_UNSERIALISABLE', path: /deep\[1\]/ });
    await publish(publisher, 'next');
    await events.nth(1);
    deepStrictEqual(payloadsOf(events), ['next']);
  }),
);

/** What an event brings. */
export const eventContent: readonly TransportBehaviour[] = [
  ...carried,
  ...refused,
  behaviour('an event without a payload brings null', async (stage) => {
    const { events } = await subscribe(await stage.transport());
    await publish(await stage.transport(), undefined);
    strictEqual((await events.nth(1)).payload, null);
  }),
  behaviour('an event says who dispatched it and what it is', async (stage) => {
    const { events } = await subscribe(await stage.transport(), { source: 'orders', type: 'order.placed' });
    await publish(await stage.transport(), null, { source: 'orders', type: 'order.placed' });
    const { source, type, redelivered, malformed } = await events.nth(1);
    deepStrictEqual(
      { source, type, redelivered, malformed },
      { source: 'orders', type: 'order.placed', redelivered: false, malformed: undefined },
    );
  }),
  behaviour('an event brings context and the headers of its sender', async (stage) => {
    const { events } = await subscribe(await stage.transport());
    const context = { callIdStack: ['web.get.1', 'shop.sell.2'], data: { user_id: 2 ** 40, roles: ['a', { b: 1.5 }] } };
    await publish(await stage.transport(), 1, { context, headers: { tenant: 't1' } });
    deepStrictEqual((await events.nth(1)).context, { ...context, data: { ...context.data, tenant: 't1' } });
  }),
  behaviour('the context of an event leaves out what is null or undefined', async (stage) => {
    const { events } = await subscribe(await stage.transport());
    await publish(await stage.transport(), 1, { context: { callIdStack: [], data: { a: null, b: undefined, c: '' } } });
    deepStrictEqual((await events.nth(1)).context, { callIdStack: [], data: { c: '' } });
  }),
  behaviour('an event has one message id, which all of its handlers see, and no other event has', async (stage) => {
    const [one, two] = [
      await subscribe(await stage.transport(), { service: 'one' }),
      await subscribe(await stage.transport(), { service: 'two' }),
    ];
    const publisher = await stage.transport();
    for (const id of numbers(3)) await publish(publisher, id);
    const [first, second] = [await one.events.first(3), await two.events.first(3)];
    const ids = first.map(({ messageId }) => messageId);
    deepStrictEqual(
      second.map(({ messageId }) => messageId),
      ids,
    );
    strictEqual(new Set(ids).size, 3);
    for (const id of ids) match(id ?? '', /./);
  }),
  behaviour('an event takes its payload as it is when it is published', async (stage) => {
    const { events } = await subscribe(await stage.transport());
    const order = { items: ['a'] };
    const publishing = publish(await stage.transport(), order);
    order.items.push('b');
    await publishing;
    deepStrictEqual((await events.nth(1)).payload, { items: ['a'] });
  }),
  behaviour('handlers get payloads of their own', async (stage) => {
    const transport = await stage.transport();
    const order = { items: ['a'] };
    const spoil = ({ payload }: { payload: unknown }): 'ack' => {
      // What was sent is what is below.
      (payload as typeof order).items.push('spoilt');
      return 'ack';
    };
    const [one, two] = [
      await subscribe(transport, { service: 'one' }, spoil),
      await subscribe(transport, { service: 'two' }, spoil),
    ];
    await publish(transport, order);
    for (const { events } of [one, two]) deepStrictEqual((await events.nth(1)).payload, { items: ['a', 'spoilt'] });
    deepStrictEqual(order, { items: ['a'] });
  }),
  ...needing('unreadableMessages', [
    behaviour('an event that cannot be read is handed over as malformed, without payload', async (stage) => {
      const { events } = await subscribe(await stage.transport());
      await stage.sendUnreadableEvent('shop', 'sold');
      const { type, payload, malformed } = await events.nth(1);
      deepStrictEqual({ type, payload }, { type: 'sold', payload: undefined });
      match(malformed ?? '', /./);
    }),
    behaviour('an event that cannot be read does not touch those behind it', async (stage) => {
      const { events } = await subscribe(await stage.transport());
      await stage.sendUnreadableEvent('shop', 'sold');
      await publish(await stage.transport(), 'next');
      strictEqual((await events.nth(2)).payload, 'next');
    }),
  ]),
];
