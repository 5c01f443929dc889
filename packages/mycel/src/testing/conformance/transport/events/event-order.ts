import { deepStrictEqual } from 'node:assert/strict';
import { payloadsOf, publish, subscribe } from '../events.ts';
import { numbers } from '../numbers.ts';
import { behaviour, type TransportBehaviour } from '../transport-behaviour.ts';

/** The order of events, and their number. */
export const eventOrder: readonly TransportBehaviour[] = [
  behaviour('events of one publisher arrive in their order, from the first on', async (stage) => {
    const { events } = await subscribe(await stage.transport(), { prefetch: 50 });
    const publisher = await stage.transport(); // prepared for nothing
    await Promise.all(numbers(300).map((id) => publish(publisher, id)));
    await events.first(300);
    deepStrictEqual(payloadsOf(events), numbers(300));
  }),
  behaviour('events of different types and sizes arrive in the order of their publisher', async (stage) => {
    const { events } = await subscribe(await stage.transport(), { type: '#', prefetch: 50 });
    const publisher = await stage.transport();
    const payloads = numbers(60).map((id) => `${id} ${'x'.repeat((id % 3) * 100_000)}`);
    await Promise.all(payloads.map((payload, id) => publish(publisher, payload, { type: `t${id % 4}` })));
    await events.first(60);
    deepStrictEqual(payloadsOf(events), payloads);
  }),
  behaviour('events of several publishers arrive, those of each in its order', async (stage) => {
    const { events } = await subscribe(await stage.transport(), { prefetch: 50 });
    const publishers = await Promise.all(numbers(3).map(() => stage.transport()));
    await Promise.all(
      publishers.flatMap((publisher, from) => numbers(50).map((id) => publish(publisher, { from, id }))),
    );
    await events.first(150);
    // All that came are those that were sent above.
    const seen = payloadsOf(events) as { from: number; id: number }[];
    for (const from of numbers(3)) {
      deepStrictEqual(
        seen.filter((each) => each.from === from).map(({ id }) => id),
        numbers(50),
      );
    }
  }),
  behaviour('two thousand events at once arrive, each once', async (stage) => {
    const { events } = await subscribe(await stage.transport(), { prefetch: 200 });
    const publisher = await stage.transport();
    await Promise.all(numbers(2000).map((id) => publish(publisher, id)));
    // One that came twice stands in the queue before the last.
    await publish(publisher, 2000);
    await events.first(2001);
    deepStrictEqual(payloadsOf(events), numbers(2001));
  }),
];
