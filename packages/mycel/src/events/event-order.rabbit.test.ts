import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useFreshVhost } from '../../../../tests/support/fresh-vhost.ts';
import { recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { AmqpTransport } from '../amqp/amqp-transport.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { ServiceRunner } from '../core/runner.ts';
import { defineService } from '../core/service.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { transportResource } from '../transport/transport-resource.ts';
import { EventCaller } from './event-caller.ts';
import { eventHandler } from './event-handler.ts';

forbidUnhandledRejections();

const rabbit = useFreshVhost();
let steps: Steps;
let gates: Map<string, Deferred<void>>;
let closing: (() => Promise<void>)[];
let sender: AmqpTransport;

beforeEach(async () => {
  steps = new Steps();
  gates = new Map();
  closing = [];
  sender = new AmqpTransport({ uri: rabbit.uri });
});

afterEach(async () => {
  for (const gate of gates.values()) gate.resolve();
  await Promise.all(closing.map((close) => close()));
  await sender.close();
});

/** Makes the handling of an event wait until it is resolved. */
const hold = (name: string): Deferred<void> => {
  const gate = deferred();
  gates.set(name, gate);
  return gate;
};

/** Starts an instance of a service that keeps the order of events with the same first letter. */
const startInstance = async (instance: string): Promise<ServiceRunner> => {
  class Ledger {
    context = workerContext();

    async on(name: string): Promise<void> {
      const { attempt = 0, redelivered = false } = this.context.delivery ?? {};
      steps.note(`${name} began on ${instance}${redelivered ? ' again' : ''}`);
      await gates.get(name)?.promise;
      if (name.includes('!') && attempt < 3) throw new Error('boom');
      steps.note(`${name} ended on ${instance}`);
    }
  }
  const on = eventHandler('shop', 'sold', {
    orderBy: (name: string) => name.charAt(0),
    retry: { delays: ['100ms'] },
  });
  const transport = new AmqpTransport({ uri: rabbit.uri });
  const runner = new ServiceRunner([defineService(Ledger, 'ledger', { on })], {
    logger: recordingLogger([]),
    resources: [transportResource(transport)],
  });
  closing.push(() => runner.stop());
  await runner.start();
  return runner;
};

const dispatch = async (...names: readonly string[]): Promise<void> => {
  await sender.open();
  const events = new EventCaller({ transport: sender.events });
  for (const name of names) await events.dispatch('shop', 'sold', name);
};

/** The steps that say which events of a key began and ended, in their order. */
const stepsOf = (key: string): string[] => steps.taken.filter((step) => step.startsWith(key));

describe('a handler that keeps an order on RabbitMQ', () => {
  test('hands its queue over when it stops, and not before what it has begun has ended', async () => {
    const first = await startInstance('first');
    await startInstance('second');
    const gate = hold('a2');
    await dispatch('a1', 'a2', 'a3', 'b1');
    await steps.until('a2 began on first');
    await steps.until('b1 ended on first');
    const stopped = first.stop();
    // It is taken by nobody while the first instance has the queue, however long that takes.
    await dispatch('b2', 'a4');
    await startInstance('third');
    expect(steps.taken.filter((step) => /second|third/.test(step))).toEqual([]);
    gate.resolve();
    await stopped;
    await Promise.race(
      ['second', 'third'].map((name) =>
        Promise.all(['a4', 'b2'].map((event) => steps.until(`${event} ended on ${name}`))),
      ),
    );
    const began = stepsOf('a').map((step) => step.slice(0, step.indexOf(' on')));
    const ordered = ['a1', 'a2', 'a3', 'a4'].flatMap((name) => [`${name} began`, `${name} ended`]);
    expect(began).toEqual(ordered);
    expect(stepsOf('b').map((step) => step.slice(0, 8))).toEqual(['b1 began', 'b1 ended', 'b2 began', 'b2 ended']);
  });

  test('keeps it while one is tried again', async () => {
    await startInstance('only');
    await dispatch('a1!');
    await steps.until('a1! began on only');
    const gate = hold('a1!'); // for its next attempt
    await dispatch('a2', 'b1', 'a3!', 'a4');
    await steps.until('b1 ended on only');
    gate.resolve();
    await steps.until('a4 ended on only');
    const began = stepsOf('a').filter((step) => step.includes('began'));
    expect(began.map((step) => step.split(' ')[0])).toEqual(['a1!', 'a1!', 'a1!', 'a2', 'a3!', 'a3!', 'a3!', 'a4']);
    expect(steps.taken.indexOf('b1 ended on only')).toBeLessThan(steps.taken.indexOf('a2 began on only'));
  });

  test('lets what it works on end when it loses its connection, before it begins with it again', async () => {
    await startInstance('only');
    const gate = hold('a1');
    await dispatch('a1', 'a2', 'b1');
    await steps.until('a1 began on only');
    await steps.until('b1 ended on only');
    await rabbit.closeConnections();
    // The broker gives back in its order: once this one has come, the others have.
    await dispatch('c1');
    await steps.until('c1 ended on only');
    expect(stepsOf('a')).toEqual(['a1 began on only']);
    gate.resolve();
    await steps.until('a2 ended on only');
    expect(stepsOf('a')).toEqual([
      'a1 began on only',
      'a1 ended on only',
      'a1 began on only again',
      'a1 ended on only',
      'a2 began on only again',
      'a2 ended on only',
    ]);
  });
});
