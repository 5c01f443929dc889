import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { OrderedLedger } from '../../../../tests/support/ordered-ledger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import type { EventTrial, InboundEvent } from '../transport/event-transport.ts';
import { TransportClosedError } from '../transport/transport-errors.ts';

forbidUnhandledRejections();

let ledger = new OrderedLedger();
let { steps, clock, gate, fails, reset, start } = ledger;

beforeEach(() => {
  ledger = new OrderedLedger();
  ({ steps, clock, gate, fails, reset, start } = ledger);
});

/** A suspect of this name, which has begun so often before. The steps say when its trial is noted and when its end is told. */
const suspect = (payload: string, trials = 0, noted: Promise<void> = Promise.resolve()): Partial<InboundEvent> => {
  const trial: EventTrial = {
    begin: async () => {
      steps.note(`${payload} is to be noted`);
      await noted;
      return trials;
    },
    end: () => steps.note(`${payload} was outlived`),
  };
  return { payload, returns: 99, messageId: payload, trial };
};

const isNoted = (): Deferred<void> => deferred();

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
};

describe('a suspect of a handler that keeps an order', () => {
  test('is tried however often it came back, as long as nobody knows that it had begun', async () => {
    const { deliver } = await start();
    gate('a1').resolve();
    expect(await deliver('on', suspect('a1', 2))).toBe('ack');
  });

  test('begins when that is noted, and not before', async () => {
    const { deliver } = await start();
    const noted = isNoted();
    const handled = deliver('on', suspect('a1', 0, noted.promise));
    await steps.until('a1 is to be noted');
    await settled();
    expect(steps.has('a1 began')).toBe(false);
    noted.resolve();
    gate('a1').resolve();
    expect(await handled).toBe('ack');
  });

  test('is a dead letter, and not tried again, once it began too often, and so is the next one', async () => {
    const { deliver, counters, logs } = await start();
    for (const name of ['a1', 'b1']) {
      expect(await deliver('on', { ...suspect(name, 3), failures: 1 })).toMatchObject({
        kind: 'dead-letter',
        failure: { reason: 'poison', attempts: 4, error: { message: expect.stringMatching(/3 times$/) as string } },
      });
    }
    expect(steps.taken).toEqual(['a1 is to be noted', 'b1 is to be noted']);
    expect(counters.toJSON()).toMatchObject({ events_poison: { 'ledger.on': 2 } });
    expect(logs.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
  ])('with poisonAfter %i is given up after %i trials', async (poisonAfter, trials) => {
    const { deliver } = await start({ poisonAfter });
    for (const name of ['a', 'b']) gate(name).resolve();
    expect(await deliver('on', suspect('a', trials - 1))).toBe('ack');
    expect(await deliver('on', suspect('b', trials))).toMatchObject({ kind: 'dead-letter' });
  });

  test('that fails has not ended until it is handled, given up, or another suspect begins', async () => {
    const { deliver } = await start();
    for (const name of ['a1', 'b1']) fails(name);
    void deliver('on', suspect('a1'));
    await steps.until('a1 began');
    await settled();
    expect(steps.has('a1 was outlived')).toBe(false);
    const last = deliver('on', suspect('b1'));
    await steps.until('b1 began');
    expect(steps.taken).toEqual(['a1 is to be noted', 'a1 began', 'a1 was outlived', 'b1 is to be noted', 'b1 began']);
    await settled();
    reset('b1');
    gate('b1').resolve();
    clock.advance(10_000);
    expect(await last).toBe('ack');
  });

  test('that fails has not ended because one fails beside it that is no suspect', async () => {
    const { deliver } = await start();
    for (const name of ['a1', 'b1']) fails(name);
    void deliver('on', suspect('a1'));
    await steps.until('a1 began');
    await settled();
    void deliver('on', { ...suspect('b1'), returns: 1 });
    await steps.until('b1 began');
    await settled();
    expect(steps.has('a1 was outlived')).toBe(false);
  });

  test('that fails and is tried again has not ended meanwhile, nor because its instance stops while it runs', async () => {
    const { deliver, runner } = await start();
    fails('a1');
    void deliver('on', suspect('a1'));
    await steps.until('a1 began');
    await settled();
    reset('a1');
    clock.advance(10_000);
    await settled();
    const stopped = runner.stop();
    await settled();
    expect(steps.taken).toEqual(['a1 is to be noted', 'a1 began', 'a1 is to be noted', 'a1 began 2']);
    gate('a1').resolve();
    await stopped;
  });

  test('that fails was outlived if the broker has taken it back by the time of its next attempt', async () => {
    const { deliver } = await start();
    fails('a1');
    let isLost = false;
    void deliver('on', { ...suspect('a1'), isLost: () => isLost });
    await steps.until('a1 began');
    await settled();
    isLost = true;
    clock.advance(10_000);
    await steps.until('a1 was outlived');
    expect(steps.taken).toEqual(['a1 is to be noted', 'a1 began', 'a1 was outlived']);
  });

  test('begins all the same if it cannot be noted, which is told', async () => {
    const { deliver, logs } = await start();
    gate('a1').resolve();
    expect(await deliver('on', suspect('a1', 0, Promise.reject(new Error('no rights'))))).toBe('ack');
    expect(logs.find(({ level }) => level === 'error')).toMatchObject({
      message: expect.stringMatching(/^ledger\.on could not note .*no rights$/) as string,
      fields: { messageId: 'a1' },
    });
  });

  test.each([
    ['the broker takes it back meanwhile', undefined],
    ['its transport is closed', new TransportClosedError('closed')],
  ])('does not begin if %s', async (_why, error) => {
    const { deliver, logs } = await start();
    const noted = isNoted();
    let isLost = false;
    void deliver('on', { ...suspect('a1', 0, noted.promise), isLost: () => isLost });
    await steps.until('a1 is to be noted');
    isLost = error === undefined;
    if (error) noted.reject(error);
    else noted.resolve();
    await steps.until('a1 was outlived');
    expect(steps.has('a1 began')).toBe(false);
    expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('is not noted where no dead letters are kept', async () => {
    const { deliver } = await start({}, { retries: false });
    gate('a1').resolve();
    expect(await deliver('on', suspect('a1', 99))).toBe('ack');
    expect(steps.has('a1 is to be noted')).toBe(false);
  });
});

describe('a suspect of a handler that keeps an order, when its instance ends', () => {
  test('goes back and does not begin, if that is still being noted', async () => {
    const { deliver, runner, ended } = await start();
    const noted = isNoted();
    void deliver('on', suspect('a1', 0, noted.promise));
    await steps.until('a1 is to be noted');
    await runner.stop();
    expect(ended).toContain('close on');
    noted.resolve();
    await settled();
    expect(steps.taken).toEqual(['a1 is to be noted', 'a1 was outlived']);
  });

  test('was outlived, though the grace period was too short for it', async () => {
    const { deliver, runner } = await start({}, { graceMs: 0 });
    void deliver('on', suspect('a1'));
    await steps.until('a1 began');
    await runner.stop();
    expect(steps.taken.slice(2)).toEqual(['a1 was outlived']);
  });

  test('was outlived, if it had failed and waited for its next attempt', async () => {
    const { deliver, runner } = await start();
    fails('a1');
    void deliver('on', suspect('a1'));
    await steps.until('a1 began');
    await settled();
    await runner.stop();
    expect(steps.taken.slice(2)).toEqual(['a1 was outlived']);
  });

  test('was outlived, if it fails while its instance stops', async () => {
    const { deliver, runner } = await start();
    void deliver('on', suspect('a1'));
    await steps.until('a1 began');
    const stopped = runner.stop();
    gate('a1').reject(new Error('boom'));
    await stopped;
    expect(steps.taken.slice(2)).toEqual(['a1 was outlived']);
  });

  test('was not outlived, if that is because of an error that nobody caught', async () => {
    const { deliver, runner, ended } = await start();
    void deliver('on', suspect('a1'));
    await steps.until('a1 began');
    await runner.kill(new Error('nobody caught it'));
    await settled();
    expect(ended).toContain('close on');
    expect(steps.taken.slice(2)).toEqual([]);
  });
});
