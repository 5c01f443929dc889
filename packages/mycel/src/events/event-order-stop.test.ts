import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { OrderedLedger } from '../../../../tests/support/ordered-ledger.ts';
import { startScripted } from '../../../../tests/support/scripted-events.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { defineService } from '../core/service.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { declareEntrypoint } from '../core/declaration.ts';
import { EventHandlerEntrypoint } from './event-handler-entrypoint.ts';

forbidUnhandledRejections();

let ledger = new OrderedLedger();
let { steps, clock, gate, fails, reset, start } = ledger;

beforeEach(() => {
  ledger = new OrderedLedger();
  ({ steps, clock, gate, fails, reset, start } = ledger);
});

/** Starts a service with another handler, `other`, beside the one that keeps an order. */
const startBusy = () => {
  class Busy extends ledger.serviceClass() {
    other(): Promise<void> {
      steps.note('other began');
      return gate('other').promise;
    }
  }
  const on = ledger.handler({ orderBy: String, concurrency: 2 });
  const other = declareEntrypoint('event', () => new EventHandlerEntrypoint({ source: 's', type: 'u' }));
  return startScripted([defineService(Busy, 'busy', { on, other })]);
};

describe('a handler that keeps an order and stops', () => {
  test('ends what it has begun, begins nothing, and lets go of the queue then, not before', async () => {
    const { deliver, runner, ended } = await start();
    fails('b1');
    const [running] = ['a1', 'a2', 'b1', 'b2'].map((payload) => deliver('on', { payload }));
    await steps.until('b1 began');
    await setImmediate();
    const stopped = runner.stop();
    await setImmediate();
    expect(ended).toEqual(['stop on']);
    expect(clock.timerCount).toBe(0);
    gate('a1').resolve();
    expect(await running).toBe('ack');
    await stopped;
    expect(ended).toContain('close on');
    expect(steps.taken).toEqual(['a1 began', 'b1 began', 'a1 ended']);
  });

  test('does not give back by itself what was given up, or not begun: it goes back with those behind it', async () => {
    const { deliver, runner, ended } = await start({}, { graceMs: 0, maxWorkers: 1 });
    let settlements = 0;
    // The first never ends; the second waits for its worker.
    for (const payload of ['a1', 'b1']) void deliver('on', { payload }).then(() => (settlements += 1));
    await steps.until('a1 began');
    await runner.kill();
    await setImmediate();
    expect(settlements).toBe(0);
    expect(ended).toContain('close on');
    gate('a1').resolve();
  });

  test('lets go of the queue once what it has begun has ended, well or not, although others of its service still work', async () => {
    const { deliver, runner, ended } = await startBusy();
    void deliver('other');
    fails('held');
    void deliver('on', { payload: 'held' });
    await steps.until('held began');
    await setImmediate();
    for (const payload of ['suspect 1', 'suspect 2']) void deliver('on', { payload, returns: 2 });
    for (const payload of ['running', 'waiting']) void deliver('on', { payload });
    await steps.until('running began');
    const stopped = runner.stop();
    gate('suspect 1').reject(new Error('boom'));
    await setImmediate();
    expect(ended).toEqual(['stop on', 'stop other']);
    gate('running').resolve();
    await setImmediate();
    await setImmediate();
    expect(ended).toEqual(['stop on', 'stop other', 'close on']);
    expect(clock.timerCount).toBe(0);
    gate('other').resolve();
    await stopped;
    expect(steps.taken.filter((step) => step.includes('began'))).toEqual([
      'other began',
      'held began',
      'suspect 1 began',
      'running began',
    ]);
  });

  test('keeps its queue while one is tried again', async () => {
    const { deliver, runner, ended } = await startBusy();
    void deliver('other');
    fails('again');
    const settled = deliver('on', { payload: 'again' });
    await steps.until('again began');
    await setImmediate();
    reset('again');
    clock.advance(10_000);
    await steps.until('again began 2');
    const stopped = runner.stop();
    await setImmediate();
    await setImmediate();
    expect(ended).toEqual(['stop on', 'stop other']);
    gate('again').resolve();
    expect(await settled).toBe('ack');
    gate('other').resolve();
    await stopped;
  });

  test('lets go of the queue when what became of the last event is on its way, not before', async () => {
    const { deliver, runner, ended } = await start();
    const settled = deliver('on', { payload: 'a1' })
      .catch(() => 'requeue')
      .then((settlement) => [settlement, ...ended]);
    await steps.until('a1 began');
    const stopped = runner.stop();
    gate('a1').resolve();
    expect(await settled).toEqual(['ack', 'stop on']);
    await stopped;
  });

  test('gives back what fails because it is told to end only with those behind it', async () => {
    class Patient {
      context = workerContext();

      async on(name: string): Promise<void> {
        steps.note(`${name} began`);
        const { signal } = this.context;
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('told to end')));
        });
      }
    }
    const on = ledger.handler();
    const { deliver, runner, ended } = await startScripted([defineService(Patient, 'patient', { on })], { graceMs: 1 });
    let settlements = 0;
    for (const payload of ['a1', 'a2']) void deliver('on', { payload }).then(() => (settlements += 1));
    await steps.until('a1 began');
    await runner.stop();
    expect(ended).toContain('close on');
    expect(settlements).toBe(0);
    expect(steps.taken).toEqual(['a1 began']);
  });

  test('gives back each by itself, if its queue goes with the instance', async () => {
    const { deliver, runner } = await start({ mode: 'broadcast' });
    const settled = ['a1', 'a2', 'b1'].map((payload) => deliver('on', { payload }));
    await steps.until('b1 began');
    await runner.kill();
    expect(await Promise.all(settled)).toEqual(['requeue', 'requeue', 'requeue']);
  });

  test('handles what nobody else can, if its queue goes with the instance', async () => {
    const { deliver, runner } = await start({ mode: 'broadcast' });
    const settled = ['a1', 'a2'].map((payload) => deliver('on', { payload }));
    await steps.until('a1 began');
    const stopped = runner.stop();
    await setImmediate();
    for (const name of ['a1', 'a2']) gate(name).resolve();
    expect(await Promise.all(settled)).toEqual(['ack', 'ack']);
    await stopped;
  });
});
