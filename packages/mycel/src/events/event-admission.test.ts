import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { NamedGates } from '../../../../tests/support/named-gates.ts';
import { type ScriptedEventsOptions, startScripted } from '../../../../tests/support/scripted-events.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { defineEvent } from '../core/event-definition.ts';
import { defineService } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import type { Schema } from '../foundation/schema.ts';
import { eventHandler } from './event-handler.ts';
import type { EventHandlerOptions } from './event-handler-options.ts';

forbidUnhandledRejections();

let steps = new Steps();
let { gate } = new NamedGates();

class Lab {
  async on(name: string): Promise<void> {
    steps.note(`${name} began`);
    await gate(name).promise;
    steps.note(`${name} ended`);
  }
}

beforeEach(() => {
  steps = new Steps();
  ({ gate } = new NamedGates());
});

const start = (options: EventHandlerOptions = {}, scripted: ScriptedEventsOptions = {}) =>
  startScripted([defineService(Lab, 'lab', { on: eventHandler('s', 't', options) })], scripted);

describe('an event that came back from those who took it', () => {
  test('is a dead letter, and not tried again, once it came back too often', async () => {
    const { deliver, counters, logs } = await start({ poisonAfter: 3 });
    expect(await deliver('on', { payload: 'x', returns: 3, failures: 1, messageId: 'm1' })).toMatchObject({
      kind: 'dead-letter',
      failure: { reason: 'poison', attempts: 4, error: { type: 'PoisonEvent' } },
    });
    expect(steps.taken).toEqual([]);
    expect(counters.toJSON()).toEqual({ events_poison: { 'lab.on': 1 }, events_dead_lettered: { 'lab.on': 1 } });
    expect(logs.find(({ level }) => level === 'error')).toMatchObject({
      message: expect.stringMatching(/^lab\.on is not tried on an event again.*--service lab'.*3 times/) as string,
      fields: { messageId: 'm1', returns: 3 },
    });
  });

  test('is tried alone among its like, in the order they came, beside those that did not come back', async () => {
    const { deliver } = await start();
    for (const payload of ['s1', 's2', 's3']) void deliver('on', { payload, returns: 2 });
    void deliver('on', { payload: 'fresh' });
    await steps.until('fresh began');
    expect(steps.taken).toEqual(['s1 began', 'fresh began']);
    gate('s1').resolve();
    await steps.until('s2 began');
    expect(steps.has('s3 began')).toBe(false);
    gate('s2').resolve();
    await steps.until('s3 began');
    gate('s3').resolve();
    gate('fresh').resolve();
  });

  test('is not tried before the broker has the dead letter of one that came back with it', async () => {
    const { deliver } = await start();
    const buried = deferred();
    expect(await deliver('on', { payload: 'given up', returns: 5, settled: buried.promise })).toMatchObject({
      kind: 'dead-letter',
    });
    void deliver('on', { payload: 'suspect', returns: 5 });
    void deliver('on', { payload: 'fresh' });
    await steps.until('fresh began');
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    expect(steps.has('suspect began')).toBe(false);
    buried.resolve();
    await steps.until('suspect began');
    for (const name of ['suspect', 'fresh']) gate(name).resolve();
  });

  test('is not tried before the broker has been told what became of the one before', async () => {
    const { deliver } = await start();
    const told = deferred();
    gate('first').reject(new Error('boom'));
    expect(await deliver('on', { payload: 'first', returns: 2, settled: told.promise })).toMatchObject({
      kind: 'retry',
    });
    void deliver('on', { payload: 'second', returns: 2 });
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    expect(steps.has('second began')).toBe(false);
    told.resolve();
    await steps.until('second began');
    gate('second').resolve();
  });

  test('is named in the log when it is tried, and not before', async () => {
    const { deliver, logs } = await start();
    for (const messageId of ['m1', 'm2']) void deliver('on', { payload: messageId, returns: 2, messageId });
    await steps.until('m1 began');
    const named = (): unknown[] => logs.filter(({ level }) => level === 'warn').map(({ fields }) => fields);
    expect(named()).toMatchObject([{ messageId: 'm1', returns: 2 }]);
    gate('m1').resolve();
    await steps.until('m2 began');
    expect(named()).toMatchObject([{ messageId: 'm1' }, { messageId: 'm2' }]);
    gate('m2').resolve();
  });

  test('is handled beside the others when that happened once: a connection was lost', async () => {
    const { deliver } = await start();
    for (const payload of ['a', 'b', 'c']) void deliver('on', { payload, returns: 1 });
    await steps.until('c began');
    for (const name of ['a', 'b', 'c']) gate(name).resolve();
  });

  test('is tried alone at least once before it can be given up', async () => {
    const { deliver } = await start({ poisonAfter: 2 });
    for (const payload of ['s1', 's2']) void deliver('on', { payload, returns: 1 });
    await steps.until('s1 began');
    await setImmediate();
    expect(steps.has('s2 began')).toBe(false);
    gate('s1').resolve();
    await steps.until('s2 began');
    gate('s2').resolve();
  });

  test('is tried although it came back as often as one that was just given up', async () => {
    const { deliver } = await start({ poisonAfter: 2 });
    gate('neighbour').resolve();
    expect(await deliver('on', { payload: 'culprit', returns: 2 })).toMatchObject({ kind: 'dead-letter' });
    expect(await deliver('on', { payload: 'neighbour', returns: 2 })).toBe('ack');
  });

  test('is no suspect where failures send it back', async () => {
    const { deliver, subscriber } = await start({ onError: 'requeue' });
    for (const payload of ['s1', 's2']) void deliver('on', { payload, returns: 99 });
    await steps.until('s2 began');
    gate('s1').resolve();
    gate('s2').resolve();
    expect(subscriber('on').ignoresReturns).toBe(true);
  });

  test('is handled as any other where no dead letters are kept', async () => {
    const { deliver, subscriber } = await start({}, { retries: false });
    gate('s1').resolve();
    expect(await deliver('on', { payload: 's1', returns: 99 })).toBe('ack');
    expect(subscriber('on').ignoresReturns).toBe(false);
  });

  test('goes to another instance, if it waits while its instance stops', async () => {
    const { deliver, runner } = await start();
    const [first, second] = ['s1', 's2'].map((payload) => deliver('on', { payload, returns: 2 }));
    await steps.until('s1 began');
    const stopped = runner.stop();
    expect(await second).toBe('requeue');
    gate('s1').resolve();
    expect(await first).toBe('ack');
    await stopped;
    expect(steps.has('s2 began')).toBe(false);
  });
});

describe('a handler with a limit of its own', () => {
  test('bears with the end of its instance, however many wait for it', async () => {
    const { deliver, runner } = await start({ concurrency: 1, prefetch: 5000 });
    const settled = Array.from({ length: 5000 }, (_, number) => deliver('on', { payload: `e${number}` }));
    await steps.until('e0 began');
    await runner.kill();
    expect(new Set(await Promise.all(settled))).toEqual(new Set(['requeue']));
    expect(steps.taken).toEqual(['e0 began']);
    gate('e0').resolve();
  });

  test('works on no more at once, and takes no more ahead', async () => {
    const { deliver, subscriber } = await start({ concurrency: 2 });
    expect(subscriber('on').prefetch).toBe(2);
    for (const payload of ['a', 'b', 'c']) void deliver('on', { payload });
    await steps.until('b began');
    await setImmediate();
    expect(steps.has('c began')).toBe(false);
    gate('a').resolve();
    await steps.until('c began');
    for (const name of ['b', 'c']) gate(name).resolve();
  });

  test('gives back what waits for it when it stops, unless nobody else can have it', async () => {
    const pooled = await start({ concurrency: 1 });
    const [, waiting] = ['a', 'b'].map((payload) => pooled.deliver('on', { payload }));
    await steps.until('a began');
    void pooled.runner.stop();
    expect(await waiting).toBe('requeue');

    const broadcast = await start({ concurrency: 1, mode: 'broadcast' });
    const settled = ['c', 'd'].map((payload) => broadcast.deliver('on', { payload }));
    await steps.until('c began');
    const stopped = broadcast.runner.stop();
    await setImmediate();
    for (const name of ['a', 'c', 'd']) gate(name).resolve();
    expect(await Promise.all(settled)).toEqual(['ack', 'ack']);
    await stopped;
  });

  test.each([
    ['takes many events ahead', { prefetch: 50 }],
    ['keeps an order', { orderBy: String }],
  ])('is not needed to let others of its service have their turn, where one %s', async (_what, options) => {
    class Two extends Lab {
      fast(name: string): void {
        steps.note(`fast ${name}`);
      }
    }
    const definition = defineService(Two, 'two', { on: eventHandler('s', 't', options), fast: eventHandler('s', 'u') });
    const { deliver } = await startScripted([definition], { maxWorkers: 2 });
    for (let number = 0; number < 50; number++) void deliver('on', { payload: `slow ${number}` });
    const fast = deliver('fast', { payload: 'a' });
    await steps.until('slow 1 began');
    gate('slow 0').resolve();
    expect(await fast).toBe('ack');
    expect(steps.taken).toEqual(['slow 0 began', 'slow 1 began', 'slow 0 ended', 'fast a']);
  });

  test('does not wait for the check of an event before it, unless it keeps an order', async () => {
    const check = deferred();
    const validate = (value: unknown) => {
      const checked = { value: String(value) };
      return value === 'a' ? check.promise.then(() => checked) : checked;
    };
    const schema: Schema<unknown, string> = { '~standard': { version: 1, vendor: 'test', validate } };
    const Checked = defineEvent('s', 't', schema);
    const { deliver } = await startScripted([defineService(Lab, 'lab', { on: eventHandler(Checked) })]);
    const first = deliver('on', { payload: 'a' });
    for (const name of ['a', 'b']) gate(name).resolve();
    expect(await deliver('on', { payload: 'b' })).toBe('ack');
    check.resolve();
    expect(await first).toBe('ack');
  });

  test('of one does not keep the others of its service waiting', async () => {
    class Two extends Lab {
      fast(name: string): void {
        steps.note(`fast ${name}`);
      }
    }
    const definition = defineService(Two, 'two', {
      on: eventHandler('s', 't', { concurrency: 1, prefetch: 50 }),
      fast: eventHandler('s', 'u'),
    });
    const { deliver } = await startScripted([definition], { maxWorkers: 2 });
    for (let number = 0; number < 50; number++) void deliver('on', { payload: `slow ${number}` });
    await steps.until('slow 0 began');
    for (const payload of ['a', 'b', 'c']) expect(await deliver('fast', { payload })).toBe('ack');
    expect(steps.taken).toEqual(['slow 0 began', 'fast a', 'fast b', 'fast c']);
  });
});
