import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { EventSubscriber, HandlerMode } from '../../../../transport/event-transport.ts';
import { allPayloads, type HeardEvents, leaveHandler, payloadsOf, publish, subscribe } from '../events.ts';
import { numbers } from '../numbers.ts';
import type { Stage } from '../stage.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';
import { eventually } from '../../within.ts';

/** Two instances, each on a transport of its own, of a handler of that service. */
async function instances(stage: Stage, given: Partial<EventSubscriber>): Promise<HeardEvents[]> {
  const subscribed: HeardEvents[] = [];
  for (const id of ['one', 'two']) {
    const broadcastId = given.mode === 'broadcast' && given.reliable ? { broadcastId: id } : {};
    subscribed.push(await subscribe(await stage.transport(), { ...given, ...broadcastId }));
  }
  return subscribed;
}

async function publishMany(stage: Stage): Promise<void> {
  const publisher = await stage.transport();
  await Promise.all(numbers(20).map((id) => publish(publisher, id)));
}

/** All that were published came to these handlers, each to one of them. */
async function heardOnce(what: string, handlers: readonly HeardEvents[]): Promise<void> {
  await eventually(`20 events for ${what}`, async () => allPayloads(handlers).length >= 20);
  deepStrictEqual(allPayloads(handlers), numbers(20));
}

function inMode(mode: HandlerMode, reliable: boolean): Partial<EventSubscriber> {
  return { mode, reliable };
}

const modes = [true, false].flatMap((reliable) => {
  const kind = reliable ? 'a reliable' : 'an unreliable';
  return [
    behaviour(`${kind} service pool: one instance of each service gets an event`, async (stage) => {
      const stock = await instances(stage, { ...inMode('service-pool', reliable), service: 'stock' });
      const mail = await instances(stage, { ...inMode('service-pool', reliable), service: 'mail' });
      await publishMany(stage);
      await heardOnce('the service stock', stock);
      await heardOnce('the service mail', mail);
    }),
    behaviour(`${kind} broadcast: every instance of each service gets an event`, async (stage) => {
      const stock = await instances(stage, { ...inMode('broadcast', reliable), service: 'stock' });
      const mail = await instances(stage, { ...inMode('broadcast', reliable), service: 'mail' });
      await publishMany(stage);
      for (const instance of [...stock, ...mail]) await heardOnce('an instance', [instance]);
    }),
    behaviour(`${kind} singleton: one instance of all services gets an event`, async (stage) => {
      const stock = await instances(stage, { ...inMode('singleton', reliable), service: 'stock' });
      const mail = await instances(stage, { ...inMode('singleton', reliable), service: 'mail', method: 'on_mail' });
      await publishMany(stage);
      await heardOnce('all services', [...stock, ...mail]);
    }),
  ];
});

const whileAway: readonly TransportBehaviour[] = [
  behaviour('a reliable service pool gets, when it is back, what was published meanwhile', async (stage) => {
    await leaveHandler(stage);
    const publisher = await stage.transport();
    for (const id of numbers(3)) deepStrictEqual(await publish(publisher, id), { routed: true });
    const { events } = await subscribe(await stage.transport());
    await publish(publisher, 3);
    await events.first(4);
    deepStrictEqual(payloadsOf(events), numbers(4));
  }),
  behaviour(
    'a reliable singleton gets, when another service takes over, what was published meanwhile',
    async (stage) => {
      await leaveHandler(stage, { mode: 'singleton', service: 'stock' });
      deepStrictEqual(await publish(await stage.transport(), 'kept'), { routed: true });
      const { events } = await subscribe(await stage.transport(), { mode: 'singleton', service: 'mail' });
      strictEqual((await events.nth(1)).payload, 'kept');
    },
  ),
  behaviour(
    'an instance of a reliable broadcast gets, when it is back, what was published meanwhile',
    async (stage) => {
      await leaveHandler(stage, { mode: 'broadcast', broadcastId: 'one' });
      const other = await subscribe(await stage.transport(), { mode: 'broadcast', broadcastId: 'two' });
      await publish(await stage.transport(), 'kept');
      const { events } = await subscribe(await stage.transport(), { mode: 'broadcast', broadcastId: 'one' });
      strictEqual((await events.nth(1)).payload, 'kept');
      strictEqual((await other.events.nth(1)).payload, 'kept');
    },
  ),
];

const unreliable = (['service-pool', 'broadcast', 'singleton'] as const).map((mode) =>
  behaviour(`an unreliable handler in the mode ${mode} leaves nothing behind`, async (stage) => {
    const transport = await stage.transport();
    const { subscription } = await subscribe(transport, inMode(mode, false));
    const publisher = await stage.transport();
    deepStrictEqual(await publish(publisher, 'before'), { routed: true });
    await subscription.stop();
    await subscription.close();
    await eventually('its queue to go', async () => !(await publish(publisher, 'meanwhile')).routed);
    const { events } = await subscribe(await stage.transport(), inMode(mode, false));
    await publish(publisher, 'after');
    await events.nth(1);
    deepStrictEqual(payloadsOf(events), ['after']);
  }),
);

/** Who gets an event, and what is kept for whom. */
export const eventModes: readonly TransportBehaviour[] = [
  ...modes,
  ...unreliable,
  behaviour('two methods of a service that handle the same event both get it', async (stage) => {
    const transport = await stage.transport();
    const [one, two] = [
      await subscribe(transport, { method: 'count' }),
      await subscribe(transport, { method: 'mail' }),
    ];
    await publish(await stage.transport(), 'both');
    strictEqual((await one.events.nth(1)).payload, 'both');
    strictEqual((await two.events.nth(1)).payload, 'both');
  }),
  behaviour('instances of a handler may start at the same time', async (stage) => {
    const transports = await Promise.all(numbers(5).map(() => stage.transport()));
    const handlers = await Promise.all(transports.map((transport) => subscribe(transport)));
    await publishMany(stage);
    await heardOnce('the instances', handlers);
  }),
  behaviour('handlers in all modes stand side by side on one transport', async (stage) => {
    const transport = await stage.transport();
    const handlers: HeardEvents[] = [];
    for (const mode of ['service-pool', 'broadcast', 'singleton'] as const) {
      handlers.push(await subscribe(transport, { mode, method: `on_${mode}`, reliable: mode !== 'broadcast' }));
    }
    await publish(transport, 'all');
    for (const { events } of handlers) strictEqual((await events.nth(1)).payload, 'all');
  }),
  behaviour('a handler does not get what was published before it first subscribed', async (stage) => {
    const publisher = await stage.transport();
    deepStrictEqual(await publish(publisher, 'early'), { routed: false });
    const { events } = await subscribe(await stage.transport());
    await publish(publisher, 'later');
    await events.nth(1);
    deepStrictEqual(payloadsOf(events), ['later']);
  }),
  ...needing('durable', whileAway),
];
