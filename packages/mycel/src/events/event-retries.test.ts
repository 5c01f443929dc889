import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ManualClock } from '../../../../tests/support/manual-clock.ts';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { defineEvent } from '../core/event-definition.ts';
import { defineService } from '../core/service.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import type { MemoryTransport } from '../testing/memory-transport.ts';
import type { DeadLetter } from '../transport/dead-letter.ts';
import { EventCaller } from './event-caller.ts';
import { eventHandler } from './event-handler.ts';
import type { EventHandlerOptions } from './event-handler-options.ts';
import { RetryLater } from './retry-later.ts';

forbidUnhandledRejections();

const Sold = defineEvent('shop', 'sold', z.object({ id: z.string() }));

let steps: Steps;
let clock: ManualClock;
/** When each attempt was made, in virtual milliseconds. */
let attemptedAt: number[];
let fail: (attempt: number) => void;

class Billing {
  context = workerContext();

  on({ id }: { id: string }): void {
    const { attempt = 0, type } = this.context.delivery ?? {};
    attemptedAt.push(clock.now());
    steps.note(`${id} ${type} ${attempt}`);
    fail(attempt);
    steps.note(`${id} done`);
  }
}

class Shipping extends Billing {
  override on({ id }: { id: string }): void {
    steps.note(`shipped ${id}`);
  }
}

beforeEach(() => {
  steps = new Steps();
  clock = new ManualClock();
  attemptedAt = [];
});

const start = async (options: EventHandlerOptions<{ id: string }> = {}) => {
  const broker = new MemoryBroker({ clock });
  const services = await startServices(
    [
      defineService(Billing, 'billing', { on: eventHandler(Sold, options) }),
      defineService(Shipping, 'shipping', { on: eventHandler(Sold) }),
    ],
    { broker },
  );
  return { ...services, events: new EventCaller({ transport: services.transport.events }) };
};

/** Lets time pass until something has happened. */
const passUntil = async (hasHappened: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await hasHappened())) {
    await setImmediate();
    clock.advance(100);
  }
};

const lettersOf = async ({ deadLetters }: MemoryTransport): Promise<DeadLetter[]> => {
  const letters: DeadLetter[] = [];
  await deadLetters.sortOut((letter) => {
    letters.push(letter);
    return 'keep';
  });
  return letters;
};

describe('an event on which its handler fails', () => {
  test('comes back to this handler alone, never too early, and knows its type and how often it came', async () => {
    const { events } = await start({ retry: { delays: ['1s', '30s'], jitter: 0 } });
    fail = (attempt) => {
      if (attempt < 3) throw new Error('boom');
    };
    await events.dispatch(Sold, { id: 'a' });
    await passUntil(() => steps.has('a done'));
    expect(steps.taken.filter((step) => step !== 'shipped a')).toEqual(['a sold 1', 'a sold 2', 'a sold 3', 'a done']);
    expect(steps.taken.filter((step) => step === 'shipped a')).toHaveLength(1);
    const [first = 0, second = 0, third = 0] = attemptedAt;
    expect(second - first).toBeGreaterThanOrEqual(1000);
    expect(third - second).toBeGreaterThanOrEqual(30_000);
  });

  test('does not keep those behind it waiting', async () => {
    const { events } = await start();
    fail = () => {
      if (steps.taken.at(-1)?.startsWith('a ')) throw new Error('boom');
    };
    await events.dispatch(Sold, { id: 'a' });
    await events.dispatch(Sold, { id: 'b' });
    await steps.until('b done');
    expect(steps.has('a sold 2')).toBe(false);
  });

  test('is a dead letter in the end, with everything about it', async () => {
    const { events, transport, runner } = await start({ retry: { attempts: 2, delays: ['1s'] } });
    fail = (attempt) => {
      throw new TypeError(`boom ${attempt}`);
    };
    await events.dispatch(Sold, { id: 'a' });
    let letters: DeadLetter[] = [];
    await passUntil(async () => (letters = await lettersOf(transport)).length > 0);
    expect(letters).toEqual([
      expect.objectContaining({
        reason: 'failed',
        attempts: 2,
        service: 'billing',
        method: 'on',
        instance: runner.containers[0]?.instanceId,
        exchange: 'shop.events',
        routingKey: 'sold',
        payload: { id: 'a' },
        error: expect.objectContaining({ type: 'TypeError', message: 'boom 2' }) as unknown,
      }),
    ]);
  });

  test('comes back when its handler wants it', async () => {
    const { events } = await start();
    fail = (attempt) => {
      if (attempt === 1 && attemptedAt.length < 2) throw new RetryLater({ delay: '10m', counts: false });
    };
    await events.dispatch(Sold, { id: 'a' });
    await passUntil(() => steps.has('a done'));
    expect(steps.taken.filter((step) => step.startsWith('a'))).toEqual(['a sold 1', 'a sold 1', 'a done']);
    const [first = 0, second = 0] = attemptedAt;
    expect(second - first).toBeGreaterThanOrEqual(600_000);
  });
});

describe('an event that does not fit', () => {
  test('is a dead letter with what is wrong and where, and its handler is not started', async () => {
    const { events, transport } = await start();
    fail = () => {};
    await events.dispatch('shop', 'sold', { id: 7 });
    let letters: DeadLetter[] = [];
    await passUntil(async () => (letters = await lettersOf(transport)).length > 1);
    expect(letters.map(({ service }) => service).toSorted()).toEqual(['billing', 'shipping']);
    expect(letters[0]).toMatchObject({ reason: 'invalid', error: { problems: [{ path: 'id' }] }, attempts: 0 });
    expect(steps.taken).toEqual([]);
  });
});
