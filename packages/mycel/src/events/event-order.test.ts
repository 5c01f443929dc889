import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { OrderedLedger } from '../../../../tests/support/ordered-ledger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { RetryLater } from './retry-later.ts';

forbidUnhandledRejections();

let { steps, clock, gate, fails, mend, start } = new OrderedLedger();

beforeEach(() => {
  ({ steps, clock, gate, fails, mend, start } = new OrderedLedger());
});

describe('a handler that keeps an order', () => {
  test('handles events of one key after each other, and those of others beside them', async () => {
    const { deliver } = await start();
    const settled = ['a1', 'a2', 'b1'].map((payload) => deliver('on', { payload }));
    await steps.until('b1 began');
    expect(steps.taken).toEqual(['a1 began', 'b1 began']);
    for (const name of ['b1', 'a2', 'a1']) gate(name).resolve();
    expect(await Promise.all(settled)).toEqual(['ack', 'ack', 'ack']);
    expect(steps.taken.filter((step) => step.startsWith('a'))).toEqual([
      'a1 began',
      'a1 ended',
      'a2 began',
      'a2 ended',
    ]);
  });

  test('tries a failing one again in its place, while other keys go on', async () => {
    const { deliver, counters, logs } = await start();
    fails('a1');
    const settled = ['a1', 'a2'].map((payload) => deliver('on', { payload }));
    await steps.until('a1 began');
    await setImmediate();
    gate('b1').resolve();
    expect(await deliver('on', { payload: 'b1' })).toBe('ack');
    expect(steps.has('a2 began')).toBe(false);
    clock.advance(9_999);
    await setImmediate();
    expect(steps.has('a1 began 2')).toBe(false);
    mend('a1');
    mend('a2');
    clock.advance(1);
    expect(await Promise.all(settled)).toEqual(['ack', 'ack']);
    expect(steps.taken.filter((step) => step.startsWith('a'))).toEqual([
      'a1 began',
      'a1 began 2',
      'a1 ended',
      'a2 began',
      'a2 ended',
    ]);
    expect(counters.total('events_retried')).toBe(1);
    expect(logs.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  test('lets others have the place of one that waits for its next attempt', async () => {
    const { deliver } = await start({ concurrency: 1 });
    fails('a1');
    void deliver('on', { payload: 'a1' });
    mend('b1');
    expect(await deliver('on', { payload: 'b1' })).toBe('ack');
    mend('c1');
    expect(await deliver('on', { payload: 'c1' })).toBe('ack');
    expect(clock.timerCount).toBe(1);
  });

  test('goes on with the next one when one is given up', async () => {
    const { deliver } = await start();
    fails('a1');
    mend('a2');
    const [first, second] = ['a1', 'a2'].map((payload) => deliver('on', { payload }));
    const failedAt = clock.now();
    for (const attempt of ['', ' 2']) {
      await steps.until(`a1 began${attempt}`);
      await setImmediate();
      clock.advance(10_000);
    }
    expect(await first).toMatchObject({ kind: 'dead-letter', firstFailedAt: failedAt, failure: { attempts: 3 } });
    expect(await second).toBe('ack');
  });

  test('holds an event back as long as it is asked to', async () => {
    const { deliver } = await start();
    fails('a1', new RetryLater({ delay: '1m', counts: false }));
    const settled = deliver('on', { payload: 'a1' });
    for (let attempt = 1; attempt < 6; attempt++) {
      await setImmediate();
      clock.advance(60_000);
    }
    mend('a1');
    await setImmediate();
    clock.advance(60_000);
    expect(await settled).toBe('ack');
    expect(steps.taken.filter((step) => step === 'a1 began')).toHaveLength(6);
  });

  test('keeps it also if a later payload is checked sooner', async () => {
    const checks = new Map([
      ['a1', deferred()],
      ['a2', deferred()],
    ]);
    const schema = z.string().refine(async (name) => {
      await checks.get(name)?.promise;
      return true;
    });
    const { deliver } = await start({}, { schema });
    const settled = ['a1', 'a2'].map((payload) => deliver('on', { payload }));
    checks.get('a2')?.resolve();
    await setImmediate();
    expect(steps.taken).toEqual([]);
    checks.get('a1')?.resolve();
    mend('a1');
    mend('a2');
    await Promise.all(settled);
    expect(steps.taken).toEqual(['a1 began', 'a1 ended', 'a2 began', 'a2 ended']);
  });

  test('keeps it also if only an earlier payload takes time to be checked', async () => {
    const check = deferred();
    const validate = (value: unknown) => (value === 'a1' ? check.promise.then(() => ({ value })) : { value });
    const { deliver } = await start({}, { schema: { '~standard': { version: 1, vendor: 'test', validate } } });
    const settled = ['a1', 'a2', 'a3'].map((payload) => deliver('on', { payload }));
    await setImmediate();
    expect(steps.taken).toEqual([]);
    for (const name of ['a1', 'a2', 'a3']) mend(name);
    check.resolve();
    await Promise.all(settled);
    expect(steps.taken.filter((step) => step.includes('began'))).toEqual(['a1 began', 'a2 began', 'a3 began']);
  });

  test.each([
    ['throws', () => JSON.parse('{') as string, /orderBy threw/],
    ['names no order', () => undefined as unknown as string, /orderBy gave undefined, where/],
  ])('gives an event up as invalid if its orderBy %s', async (_what, orderBy, message) => {
    const { deliver } = await start({ orderBy });
    expect(await deliver('on', { payload: 'a1' })).toMatchObject({
      failure: { reason: 'invalid', error: { message: expect.stringMatching(message) as string } },
    });
  });

  test('lets only one instance have the queue, and takes enough for other keys to go on', async () => {
    const { subscriber } = await start();
    expect(subscriber('on')).toMatchObject({ oneAtATime: true, prefetch: 100 });
  });

  test('has its queue for itself as it is, if that goes with the instance', async () => {
    const { subscriber } = await start({ mode: 'broadcast' });
    expect(subscriber('on').oneAtATime).toBe(false);
  });
});

describe('a handler that keeps an order and loses its connection', () => {
  test('does not begin with what the broker has taken back, and waits for what still runs', async () => {
    const { deliver } = await start();
    let isCut = false;
    const isLost = (): boolean => isCut;
    const old = ['a1', 'a2'].map((payload) => deliver('on', { payload, isLost }));
    await steps.until('a1 began');
    isCut = true;
    const again = ['a1', 'a2'].map((payload) => deliver('on', { payload, redelivered: true }));
    await setImmediate();
    expect(steps.taken).toEqual(['a1 began']);
    for (const name of ['a1', 'a2']) gate(name).resolve();
    expect(await Promise.all([old[0], ...again])).toEqual(['ack', 'ack', 'ack']);
    const [first, second] = [
      ['a1 began', 'a1 ended'],
      ['a2 began', 'a2 ended'],
    ];
    expect(steps.taken).toEqual([...first, ...first, ...second]);
  });

  test('does not try an event again that the broker has taken back', async () => {
    const { deliver } = await start();
    let isCut = false;
    fails('a1');
    void deliver('on', { payload: 'a1', isLost: () => isCut });
    await steps.until('a1 began');
    await setImmediate();
    isCut = true;
    mend('a2');
    const next = deliver('on', { payload: 'a2' });
    clock.advance(10_000);
    expect(await next).toBe('ack');
    expect(steps.taken).toEqual(['a1 began', 'a2 began', 'a2 ended']);
  });
});
