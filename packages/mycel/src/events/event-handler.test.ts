import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { defineContract } from '../core/contract.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { defineEvent, type EventOf } from '../core/event-definition.ts';
import { defineService, service } from '../core/service.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { EventCaller } from './event-caller.ts';
import { eventHandler } from './event-handler.ts';
import type { EventHandlerEntrypoint } from './event-handler-entrypoint.ts';

forbidUnhandledRejections();

const OrderPlaced = defineEvent(
  'orders',
  'order.placed',
  z.object({ id: z.string(), note: z.string().default('none') }),
);
const billing = defineContract('billing', { events: { paid: z.object({ amount: z.number() }) } });

let steps: Steps;
let failures: number;
let gate: Deferred<void>;

class PlainListener {
  context = workerContext();

  onPlaced({ id, note }: EventOf<typeof OrderPlaced>): void {
    steps.note(`placed ${id} ${note}`);
  }
  onPaid(payload: { amount: number }): void {
    steps.note(`paid ${payload.amount} ${JSON.stringify(this.context.data)}`);
  }
  onAny(payload: unknown): void {
    steps.note(`any ${JSON.stringify(payload)}`);
  }
  onFailing(name: string): void {
    failures += 1;
    steps.note(`${name} ${failures}`);
    throw new Error('boom');
  }
  onRequeued(name: string): void {
    failures += 1;
    steps.note(`${name} ${failures}`);
    if (failures < 3) throw new Error('boom');
  }
  async onSlow(name: string): Promise<void> {
    steps.note(`${name} began`);
    await gate.promise;
    steps.note(`${name} ended`);
  }
}

@service('listener')
class DecoratedListener extends PlainListener {
  @eventHandler(OrderPlaced) override onPlaced(payload: EventOf<typeof OrderPlaced>): void {
    super.onPlaced(payload);
  }
  @eventHandler(billing.events.paid) override onPaid(payload: { amount: number }): void {
    super.onPaid(payload);
  }
  @eventHandler('any', '#.done') override onAny(payload: unknown): void {
    super.onAny(payload);
  }
  @eventHandler('failing', 'failing', { onError: 'drop' }) override onFailing(name: string): void {
    super.onFailing(name);
  }
  @eventHandler('requeued', 'requeued', { requeueOnError: true }) override onRequeued(name: string): void {
    super.onRequeued(name);
  }
  @eventHandler('slow', 'slow', { prefetch: 2 }) override async onSlow(name: string): Promise<void> {
    await super.onSlow(name);
  }
}

const definedListener = defineService(PlainListener, 'listener', {
  onPlaced: eventHandler(OrderPlaced),
  onPaid: eventHandler(billing.events.paid),
  onAny: eventHandler('any', '#.done'),
  onFailing: eventHandler('failing', 'failing', { onError: 'drop' }),
  onRequeued: eventHandler('requeued', 'requeued', { requeueOnError: true }),
  onSlow: eventHandler('slow', 'slow', { prefetch: 2 }),
});

describe.each([
  ['decorators', DecoratedListener],
  ['defineService', definedListener],
])('an event handler declared by %s', (_form, listener) => {
  const start = async (options: Parameters<typeof startServices>[1] = {}) => {
    steps = new Steps();
    failures = 0;
    gate = deferred();
    const services = await startServices([listener], options);
    const context = { callIdStack: [], data: { user_id: 7 } };
    const events = new EventCaller({ transport: services.transport.events, context: () => context });
    return { ...services, events };
  };

  test('gets the payload as its schema makes it', async () => {
    const { events } = await start();
    await events.dispatch(OrderPlaced, { id: 'o1' });
    await steps.until('placed o1 none');
  });

  test('gets the context of the sender, and events of a contract', async () => {
    const { events } = await start();
    await events.dispatch(billing.events.paid, { amount: 3 });
    await steps.until('paid 3 {"user_id":7}');
  });

  test('gets the types its wildcards match, with any payload', async () => {
    const { events } = await start();
    expect(await events.dispatch('any', 'one.two.done', [1])).toEqual({ routed: true });
    expect(await events.dispatch('any', 'done', 'x')).toEqual({ routed: true });
    expect(await events.dispatch('any', 'done.not', 'x')).toEqual({ routed: false });
    await steps.until('any "x"');
    expect(steps.taken).toEqual(['any [1]', 'any "x"']);
  });

  test('that is sent what does not fit its schema logs it, counts it and goes on', async () => {
    const { events, logs, runner } = await start();
    await events.dispatch('orders', 'order.placed', { id: 1 });
    await events.dispatch('orders', 'order.placed', { id: 'o2', note: 'n' });
    await steps.until('placed o2 n');
    expect(steps.taken).toEqual(['placed o2 n']);
    expect(logs.filter(({ level }) => level === 'error')).toMatchObject([
      { message: expect.stringMatching(/^listener\.onPlaced cannot take an event.*id: /) as string },
    ]);
    const entrypoint = runner.containers[0]?.entrypoints.find(({ method }) => method === 'onPlaced');
    expect((entrypoint as EventHandlerEntrypoint).unreadable).toBe(1);
  });

  test('that drops what it fails on logs it, and the event is given up', async () => {
    const { events, logs, runner } = await start();
    await events.dispatch('failing', 'failing', 'first');
    await events.dispatch('failing', 'failing', 'second');
    await steps.until('second 2');
    await runner.stop();
    expect(steps.taken).toEqual(['first 1', 'second 2']);
    expect(logs.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  test('that asks for it gets the event again when it throws', async () => {
    const { events } = await start();
    await events.dispatch('requeued', 'requeued', 'again');
    await steps.until('again 3');
    expect(steps.taken).toEqual(['again 1', 'again 2', 'again 3']);
  });

  test('takes no more events at once than its prefetch, and finishes them when it stops', async () => {
    const broker = new MemoryBroker();
    const { events, runner } = await start({ broker });
    for (const name of ['a', 'b', 'c']) await events.dispatch('slow', 'slow', name);
    await steps.until('b began');
    expect(steps.has('c began')).toBe(false);
    const stopped = runner.stop();
    gate.resolve();
    await stopped;
    expect(steps.taken).toEqual(['a began', 'b began', 'a ended', 'b ended']);
    const other = await startServices([listener], { broker });
    await steps.until('c ended');
    expect(other.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('the modes of handlers', () => {
  @service('first')
  class First {
    @eventHandler('s', 'pool') pool(): void {
      steps.note('first pool');
    }
    @eventHandler('s', 'all', { mode: 'broadcast' }) all(): void {
      steps.note('first all');
    }
    @eventHandler('s', 'one', { mode: 'singleton' }) one(): void {
      steps.note('one');
    }
  }
  @service('second')
  class Second extends First {
    @eventHandler('s', 'last') last(): void {
      steps.note('last');
    }
  }
  // Two instances of one service and one of another.
  const startThree = async () => {
    steps = new Steps();
    const { broker, transport, runner } = await startServices([First]);
    const others = [await startServices([First], { broker }), await startServices([Second], { broker })];
    const events = new EventCaller({ transport: transport.events });
    const finish = async (): Promise<string[]> => {
      await events.dispatch('s', 'last', null);
      await steps.until('last');
      await Promise.all([runner, ...others.map((other) => other.runner)].map((each) => each.stop()));
      return steps.taken.filter((step) => step !== 'last');
    };
    return { events, finish };
  };

  test('of a service pool: one instance of each service', async () => {
    const { events, finish } = await startThree();
    await events.dispatch('s', 'pool', null);
    expect(await finish()).toHaveLength(2);
  });

  test('of a broadcast: every instance', async () => {
    const { events, finish } = await startThree();
    await events.dispatch('s', 'all', null);
    expect(await finish()).toHaveLength(3);
  });

  test('of a singleton: one in the cluster', async () => {
    const { events, finish } = await startThree();
    await events.dispatch('s', 'one', null);
    expect(await finish()).toEqual(['one']);
  });
});
