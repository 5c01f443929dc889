import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useFreshVhost } from '../../../../tests/support/fresh-vhost.ts';
import { recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { AmqpTransport } from '../amqp/amqp-transport.ts';
import { deadLetterQueue } from '../amqp/topology.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { ServiceRunner } from '../core/runner.ts';
import { defineService } from '../core/service.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { transportResource } from '../transport/transport-resource.ts';
import { EventCaller } from './event-caller.ts';
import { eventHandler } from './event-handler.ts';

forbidUnhandledRejections();

const queue = 'evt-shop-sold--ledger.on';
const suspects = `${queue}.suspects`;

const rabbit = useFreshVhost();
let closing: (() => Promise<void>)[];
/** The events that began, each as often as it did. */
let began: string[];
/** What the one in hand waits for. */
let gate: Deferred<void>;

beforeEach(() => {
  closing = [];
  began = [];
  gate = deferred();
});

afterEach(async () => {
  gate.resolve();
  await Promise.all(closing.map((close) => close()));
});

/** An instance whose handler keeps all events in one order, and works on each until the gate is open or the signal aborts. */
async function startInstance({ graceMs = 10_000, poisonAfter = 5 } = {}): Promise<ServiceRunner> {
  class Ledger {
    context = workerContext();

    async on(name: string): Promise<void> {
      began.push(name);
      const { signal } = this.context;
      const told = new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('told to end')));
      });
      await Promise.race([gate.promise, told]);
    }
  }
  const on = eventHandler('shop', 'sold', { orderBy: () => 'one key', poisonAfter });
  const runner = new ServiceRunner([defineService(Ledger, 'ledger', { on })], {
    logger: recordingLogger([]),
    graceMs,
    resources: [transportResource(new AmqpTransport({ uri: rabbit.uri }))],
  });
  closing.push(() => runner.stop());
  await runner.start();
  return runner;
}

async function dispatch(names: readonly string[]): Promise<void> {
  const sender = new AmqpTransport({ uri: rabbit.uri });
  await sender.open();
  const events = new EventCaller({ transport: sender.events });
  for (const name of names) await events.dispatch('shop', 'sold', name);
  await sender.close();
}

async function backlog(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, number) => `event ${number}`);
  await (await startInstance()).stop(); // the queue is there
  await dispatch(names);
  return names;
}

const untilBegun = (count: number) => expect.poll(() => began.length).toBe(count);

/** Starts so many instances one after the other, and stops each while it handles the next event, which it may end. */
async function stopInTurn(count: number): Promise<void> {
  for (let stops = 1; stops <= count; stops++) {
    const instance = await startInstance();
    await untilBegun(stops);
    const stopped = instance.stop();
    gate.resolve();
    await stopped;
    gate = deferred();
  }
}

/** How many messages each queue of the handler has, and that of the dead letters. */
async function messages(): Promise<Record<string, number>> {
  const queues = (await rabbit.queues()).filter(({ name }) => name.startsWith(queue) || name === deadLetterQueue.queue);
  return Object.fromEntries(queues.map((one) => [one.name, one.messages]));
}

const allHandled = { [queue]: 0, [suspects]: 0 };

/** Handles what is left. */
async function finish(count: number): Promise<void> {
  gate.resolve();
  await startInstance();
  await untilBegun(count);
}

describe('events in order on RabbitMQ that come back again and again', () => {
  test('since their instances stop before it is their turn are all handled, in their order', async () => {
    const names = await backlog(25);
    await stopInTurn(20);
    await finish(names.length);
    expect(began).toEqual(names);
    await expect.poll(messages).toEqual(allHandled);
  });

  test('since their instances stop while the first of them takes longer than its grace are all handled, in their order', async () => {
    const [first = '', ...others] = await backlog(5);
    const stops = 12;
    for (let stop = 1; stop <= stops; stop++) {
      const instance = await startInstance({ graceMs: 1 });
      await untilBegun(stop);
      await instance.stop();
    }
    await finish(stops + 5);
    expect(began).toEqual([...Array.from({ length: stops }, () => first), first, ...others]);
    await expect.poll(messages).toEqual(allHandled);
  });

  test('since connections are lost while one of them is handled are all handled', async () => {
    const [first = '', ...others] = await backlog(3);
    await startInstance({ poisonAfter: 3 });
    const losses = 5;
    for (let lost = 1; lost <= losses; lost++) {
      await untilBegun(lost);
      await rabbit.closeConnections();
      // What follows is taken again as soon as the handler is attached again.
      await expect.poll(() => rabbit.consumers(queue).catch(() => 0)).toBe(1);
      const before = gate;
      gate = deferred();
      before.resolve();
    }
    gate.resolve();
    await untilBegun(losses + 3);
    expect(began).toEqual([...Array.from({ length: losses }, () => first), first, ...others]);
    await expect.poll(messages).toEqual(allHandled);
  });

  test('since one of them ends its instances lose that one alone, after as many deaths as any other', async () => {
    const names = await backlog(12);
    // The first three have their turn while instances stop; all of them are suspects then.
    await stopInTurn(3);
    const deaths = 3;
    for (let death = 1; death <= deaths; death++) {
      const instance = await startInstance();
      await untilBegun(3 + death);
      await instance.kill(new Error('an error that nobody caught'));
    }
    await finish(names.length - 1 + deaths);
    expect(began).toEqual([...names.slice(0, 3), 'event 3', 'event 3', 'event 3', ...names.slice(4)]);
    await expect.poll(messages).toEqual({ ...allHandled, [deadLetterQueue.queue]: 1 });
  });
});
