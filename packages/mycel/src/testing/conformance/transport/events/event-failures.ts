import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeadLetter, DeadLetterFailure } from '../../../../transport/dead-letter.ts';
import type { LetterFate } from '../../../../transport/dead-letter-transport.ts';
import type { InboundEvent, Settlement } from '../../../../transport/event-transport.ts';
import type { Transport } from '../../../../transport/transport.ts';
import { eventually } from '../../within.ts';
import { holdEvents, leaveHandler, payloadsOf, publish, subscribe } from '../events.ts';
import { numbers } from '../numbers.ts';
import { behaviour, needing, type TransportBehaviour } from '../transport-behaviour.ts';

const soon: Settlement = { kind: 'retry', delayMs: 100 };

const failure: DeadLetterFailure = {
  reason: 'failed',
  error: { type: 'TypeError', message: 'no stock', code: 'E_STOCK', stack: 'TypeError: no stock\n    at here' },
  attempts: 2,
  instance: 'stock-1',
};

/** Fails so often, then handles. */
function failing(times: number): (event: InboundEvent) => Settlement {
  return ({ failures = 0 }) => (failures < times ? soon : 'ack');
}

/** Waits until there are so many dead letters, and does with each what is said. */
async function letters(
  transport: Transport,
  count: number,
  fate: (letter: DeadLetter) => LetterFate = () => 'keep',
): Promise<DeadLetter[]> {
  const store = transport.deadLetters;
  ok(store, 'a transport with retries has dead letters');
  let seen: DeadLetter[] = [];
  await eventually(`${count} dead letters`, async () => {
    seen = [];
    await store.sortOut((letter) => {
      seen.push(letter);
      return 'keep';
    });
    return seen.length >= count;
  });
  await store.sortOut(fate);
  return seen;
}

const retries: readonly TransportBehaviour[] = [
  behaviour('an event that failed comes again as it was, with the number of its failures', async (stage) => {
    const { events } = await subscribe(await stage.transport(), {}, failing(2));
    const context = { callIdStack: ['a'], data: { user: 1 } };
    const at = Date.now();
    await publish(await stage.transport(), { at: new Date(1) }, { context, headers: { tenant: 't' } });
    const seen = await events.first(3);
    deepStrictEqual(
      seen.map(({ failures = 0, redelivered, returns = 0 }) => [failures, redelivered, returns]),
      [
        [0, false, 0],
        [1, false, 0],
        [2, false, 0],
      ],
    );
    const content = seen.map(({ source, type, payload, context: given, messageId }) => ({
      source,
      type,
      payload,
      given,
      messageId,
    }));
    deepStrictEqual(content.slice(1), [content[0], content[0]]);
    const [, second, third] = seen;
    ok(second?.firstFailedAt !== undefined && second.firstFailedAt >= at);
    strictEqual(third?.firstFailedAt, second.firstFailedAt);
  }),
  behaviour('an event that failed waits as long as it was told to, or longer', async (stage) => {
    const times: number[] = [];
    const { events } = await subscribe(await stage.transport(), {}, (event) => {
      times.push(performance.now());
      return failing(1)(event);
    });
    await publish(await stage.transport(), 'late');
    await events.nth(2);
    const [first = Number.NaN, second = Number.NaN] = times;
    ok(second - first >= 90, 'it came before its time');
  }),
  behaviour('a failure that does not count is not counted', async (stage) => {
    let left = 2;
    const { events } = await subscribe(await stage.transport(), {}, () =>
      left-- > 0 ? { kind: 'retry', delayMs: 100, counts: false } : 'ack',
    );
    await publish(await stage.transport(), 'patient');
    strictEqual((await events.nth(3)).failures ?? 0, 0);
  }),
  behaviour('an event that failed comes again to its handler only', async (stage) => {
    const transport = await stage.transport();
    const content = await subscribe(transport, { method: 'content' });
    const broadcast = await subscribe(transport, { method: 'all', mode: 'broadcast', reliable: false });
    const failed = await subscribe(transport, { method: 'failed' }, failing(2));
    await publish(transport, 'one');
    await failed.events.first(3);
    await publish(transport, 'two');
    for (const { events } of [content, broadcast]) {
      await events.first(2);
      deepStrictEqual(payloadsOf(events), ['one', 'two']);
    }
  }),
  behaviour('those behind an event that failed do not wait for it, even at a prefetch of 1', async (stage) => {
    const { events } = await subscribe(await stage.transport(), { prefetch: 1 }, ({ payload }) =>
      payload === 'bad' ? { kind: 'retry', delayMs: 3_600_000 } : 'ack',
    );
    const publisher = await stage.transport();
    for (const payload of ['bad', ...numbers(20)]) await publish(publisher, payload);
    await events.first(21);
    deepStrictEqual(payloadsOf(events), ['bad', ...numbers(20)]);
  }),
  behaviour('an event that failed waits while no instance runs', async (stage) => {
    const first = await stage.transport();
    const { events } = await subscribe(first, {}, () => soon);
    const publisher = await stage.transport();
    await publish(publisher, 'waits');
    await events.nth(1);
    await first.close();
    const next = await subscribe(await stage.transport());
    const { payload, failures = 0 } = await next.events.nth(1);
    deepStrictEqual([payload, failures >= 1], ['waits', true]);
  }),
  ...(['service-pool', 'broadcast'] as const).map((mode) =>
    behaviour(`an event that failed comes again to an unreliable handler in the mode ${mode}`, async (stage) => {
      const { events } = await subscribe(await stage.transport(), { mode, reliable: false }, failing(2));
      await publish(await stage.transport(), 'again');
      const seen = await events.first(3);
      deepStrictEqual(
        seen.map(({ failures = 0 }) => failures),
        [0, 1, 2],
      );
    }),
  ),
];

const deadLetters: readonly TransportBehaviour[] = [
  behaviour('an event that is given up is kept with all that is known of it', async (stage) => {
    const transport = await stage.transport();
    await subscribe(transport, {}, ({ failures = 0 }) => (failures < 1 ? soon : { kind: 'dead-letter', failure }));
    const context = { callIdStack: ['a', 'b'], data: {} };
    const from = Date.now();
    await publish(await stage.transport(), { id: 7 }, { context });
    const [letter] = await letters(transport, 1);
    ok(letter);
    const { id, firstFailedAt, lastFailedAt, queue, body, ...rest } = letter;
    ok(id !== '' && queue !== '' && body.length > 0);
    ok(firstFailedAt.getTime() >= from && lastFailedAt.getTime() > firstFailedAt.getTime());
    const { service, method, payload, callIdStack, error, reason, attempts, instance, replays, messageId } = rest;
    deepStrictEqual([service, method, payload, callIdStack], ['stock', 'on_sold', { id: 7 }, ['a', 'b']]);
    deepStrictEqual([reason, attempts, instance, replays], ['failed', 2, 'stock-1', 0]);
    deepStrictEqual({ ...error, problems: undefined }, { ...failure.error, problems: undefined });
    ok(messageId !== undefined);
  }),
  behaviour('an event that is given up does not come again, and holds nobody up', async (stage) => {
    const transport = await stage.transport();
    const { events } = await subscribe(transport, { prefetch: 1 }, ({ payload }) =>
      payload === 'bad' ? { kind: 'dead-letter', failure } : 'ack',
    );
    for (const payload of ['bad', 'bad', 'good']) await publish(transport, payload);
    await events.first(3);
    strictEqual((await letters(transport, 2)).length, 2);
    deepStrictEqual(payloadsOf(events), ['bad', 'bad', 'good']);
  }),
  behaviour(
    'a dead letter that is put back goes to the handler that failed, with its failures forgotten',
    async (stage) => {
      const transport = await stage.transport();
      const other = await subscribe(transport, { method: 'other' });
      const { events } = await subscribe(transport, {}, ({ replayOf }) =>
        replayOf === undefined ? { kind: 'dead-letter', failure } : 'ack',
      );
      await publish(transport, 'again');
      const [letter] = await letters(transport, 1, () => 'replay');
      const { replayOf, failures = 0, payload, type } = await events.nth(2);
      deepStrictEqual([replayOf, failures, payload, type], [letter?.id, 0, 'again', 'sold']);
      await publish(transport, 'next');
      await other.events.first(2);
      deepStrictEqual(payloadsOf(other.events), ['again', 'next']);
    },
  ),
  behaviour(
    'an event that cannot be given up where it is handled is given up by nobody: it is there still',
    async (stage) => {
      const first = await stage.transport();
      const { held } = await holdEvents(first);
      const publisher = await stage.transport();
      await publish(publisher, 'work');
      const inHand = await held.nth(1);
      await first.close();
      inHand.settle({ kind: 'dead-letter', failure });
      await nextTurn();
      const { events } = await subscribe(await stage.transport());
      deepStrictEqual([(await events.nth(1)).payload, events.items[0]?.redelivered], ['work', true]);
    },
  ),
];

const losses: readonly TransportBehaviour[] = needing('connectionLoss', [
  behaviour('events that fail while the connection is lost again and again are all handled', async (stage) => {
    await leaveHandler(stage);
    const publisher = await stage.transport();
    for (const id of numbers(30)) await publish(publisher, id);
    const handled = new Set<unknown>();
    const settle = (event: InboundEvent): Settlement => {
      if ((event.failures ?? 0) < 2) return soon;
      handled.add(event.payload);
      return 'ack';
    };
    const { events } = await subscribe(await stage.transport(), {}, settle);
    for (const count of [10, 40, 60]) {
      await events.first(count);
      await stage.breakConnections();
    }
    await eventually('all of them', async () => handled.size === 30);
  }),
]);

/** What becomes of an event on which its handler fails. */
export const eventFailures: readonly TransportBehaviour[] = needing('retries', [...retries, ...deadLetters, ...losses]);
