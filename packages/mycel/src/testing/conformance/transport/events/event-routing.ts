import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { payloadsOf, publish, subscribe } from '../events.ts';
import { numbers } from '../numbers.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

interface Pattern {
  readonly type: string;
  readonly takes: readonly string[];
  readonly leaves: readonly string[];
}

const patterns: readonly Pattern[] = [
  { type: 'sold', takes: ['sold'], leaves: ['Sold', 'sol', 'sold_out', 'sold.out', 'item.sold'] },
  { type: 'item.sold', takes: ['item.sold'], leaves: ['item', 'sold', 'item.sold.now', 'item.bought'] },
  { type: '*', takes: ['sold', 'größe_geändert'], leaves: ['item.sold'] },
  { type: 'item.*', takes: ['item.sold', 'item.bought'], leaves: ['item', 'items.sold', 'item.sold.now'] },
  { type: '*.sold', takes: ['item.sold', 'house.sold'], leaves: ['sold', 'big.item.sold', 'item.bought'] },
  { type: 'item.*.now', takes: ['item.sold.now'], leaves: ['item.now', 'item.a.b.now', 'item.sold.later'] },
  { type: '*.*', takes: ['a.b'], leaves: ['a', 'a.b.c'] },
  { type: '#', takes: ['sold', 'item.sold', 'a.b.c.d'], leaves: [] },
  { type: 'item.#', takes: ['item', 'item.sold', 'item.sold.now'], leaves: ['sold', 'items', 'big.item'] },
  { type: '#.sold', takes: ['sold', 'item.sold', 'a.b.sold'], leaves: ['item', 'sold.item'] },
  { type: 'a.#.z', takes: ['a.z', 'a.b.z', 'a.b.c.z'], leaves: ['a', 'z', 'a.b', 'b.z'] },
  { type: '#.sold.*', takes: ['sold.now', 'item.sold.now'], leaves: ['sold', 'item.sold', 'sold.a.b'] },
];

const matching = patterns.map(({ type, takes, leaves }) =>
  behaviour(`a handler of '${type}' gets the types that match, and no others`, async (stage) => {
    const { events } = await subscribe(await stage.transport(), { type });
    const publisher = await stage.transport();
    for (const left of leaves)
      deepStrictEqual([left, await publish(publisher, 0, { type: left })], [left, { routed: false }]);
    for (const taken of takes)
      deepStrictEqual([taken, await publish(publisher, 1, { type: taken })], [taken, { routed: true }]);
    await events.first(takes.length);
    deepStrictEqual(
      events.items.map(({ type }) => type),
      takes,
    );
  }),
);

/** Which events reach a handler, and what the publisher learns of it. */
export const eventRouting: readonly TransportBehaviour[] = [
  ...matching,
  behaviour('a handler gets the events of its source only', async (stage) => {
    const { events } = await subscribe(await stage.transport(), { source: 'shop' });
    const publisher = await stage.transport();
    for (const source of ['shop_2', 'Shop', 'shop.events', 'stock']) {
      deepStrictEqual(await publish(publisher, source, { source }), { routed: false });
    }
    await publish(publisher, 'shop', { source: 'shop' });
    await events.nth(1);
    deepStrictEqual(payloadsOf(events), ['shop']);
  }),
  behaviour('an event that several handlers match reaches each of them once', async (stage) => {
    const transport = await stage.transport();
    const types = ['item.sold', 'item.*', '#'];
    const handlers = await Promise.all(
      types.map((type, index) => subscribe(transport, { type, method: `on_${index}` })),
    );
    await publish(transport, 'first', { type: 'item.sold' });
    await publish(transport, 'second', { type: 'item.sold' });
    for (const { events } of handlers) {
      await events.first(2);
      deepStrictEqual(payloadsOf(events), ['first', 'second']);
    }
  }),
  behaviour('an event that nobody handles is not routed', async (stage) => {
    const publisher = await stage.transport();
    deepStrictEqual(await publish(publisher, 1), { routed: false });
    await publisher.events.prepare('shop');
    deepStrictEqual(await publish(publisher, 1), { routed: false });
  }),
  behaviour('each event is told for itself whether it was routed', async (stage) => {
    const { events } = await subscribe(await stage.transport());
    const publisher = await stage.transport();
    const types = numbers(40).map((id) => (id % 3 === 0 ? 'sold' : 'ignored'));
    const results = await Promise.all(types.map((type, id) => publish(publisher, id, { type })));
    deepStrictEqual(
      results.map(({ routed }) => routed),
      types.map((type) => type === 'sold'),
    );
    strictEqual((await events.first(14)).length, 14);
  }),
  behaviour('a source may be prepared for, more than once and side by side', async (stage) => {
    const publisher = await stage.transport();
    await Promise.all([publisher.events.prepare('shop'), publisher.events.prepare('shop')]);
    await publisher.events.prepare('shop');
    const { events } = await subscribe(await stage.transport());
    await publish(publisher, 1);
    strictEqual((await events.nth(1)).payload, 1);
  }),
];
