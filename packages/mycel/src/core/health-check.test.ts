import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../../../../tests/support/manual-clock.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { HealthCheck, type HealthSource } from './health-check.ts';

forbidUnhandledRejections();

const limits = { timeoutMs: 2000, keptMs: 1000 };
let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock();
});

function checkOf(ask: HealthSource['ask']): HealthCheck {
  return new HealthCheck({ name: 'db', ask }, limits, clock);
}

describe('a health check', () => {
  test('asks a source that answers at once each time, and waits for nothing', () => {
    let state = 'open';
    const check = checkOf(() => ({ ready: true, state }));
    expect(check.report()).toEqual({ ready: true, state: 'open' });
    state = 'idle';
    expect(check.report()).toEqual({ ready: true, state: 'idle' });
  });

  test('takes a source that returns nothing to be well', async () => {
    expect(checkOf(() => {}).report()).toEqual({ ready: true, state: 'ok' });
    expect(await checkOf(async () => {}).report()).toEqual({ ready: true, state: 'ok' });
  });

  test('gives what a source throws as the reason', async () => {
    const refused = { ready: false, state: 'failed', reason: 'connection refused' };
    const fail = (): never => {
      throw new Error('connection refused');
    };
    expect(checkOf(fail).report()).toEqual(refused);
    expect(await checkOf(async () => fail()).report()).toEqual(refused);
  });

  test('asks once for all who wait, and keeps the answer for a second', async () => {
    const answer = deferred<HealthReport>();
    const ask = vi.fn(() => answer.promise);
    const check = checkOf(ask);
    const reports = [check.report(), check.report()];
    answer.resolve({ ready: true, state: 'open' });
    for (const report of reports) expect(await report).toEqual({ ready: true, state: 'open' });
    clock.advance(999);
    await check.report();
    expect(ask).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await check.report();
    expect(ask).toHaveBeenCalledTimes(2);
  });

  test('leaves no timer behind once it has its answer', async () => {
    await checkOf(async () => {}).report();
    expect(clock.timerCount).toBe(0);
  });
});

describe('a source that does not answer', () => {
  const late = { ready: false, state: 'unknown', reason: 'gave no answer within 2000 ms' };

  test('is not ready when its time is over, and its signal aborts', async () => {
    let signal: AbortSignal | undefined;
    const check = checkOf((given) => {
      signal = given;
      return new Promise(() => {});
    });
    const report = check.report();
    clock.advance(1999);
    expect(signal?.aborted).toBe(false);
    clock.advance(1);
    expect(await report).toEqual(late);
    expect(signal?.aborted).toBe(true);
  });

  test('is not asked again while it hangs, but after ten times its limit', async () => {
    const ask = vi.fn(() => new Promise<void>(() => {}));
    const check = checkOf(ask);
    void check.report();
    clock.advance(19_999);
    expect(await check.report()).toEqual(late);
    expect(ask).toHaveBeenCalledTimes(1);
    ask.mockResolvedValue(undefined);
    clock.advance(1);
    expect(await check.report()).toEqual({ ready: true, state: 'ok' });
  });

  test('is asked again soon if it ended when its signal aborted', async () => {
    const ask = vi.fn(
      (signal: AbortSignal) =>
        new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    const check = checkOf(ask);
    const report = check.report();
    clock.advance(2000);
    expect(await report).toEqual({
      ready: false,
      state: 'unknown',
      reason: expect.stringContaining('2000 ms') as string,
    });
    ask.mockResolvedValue(undefined);
    const later = async (): Promise<HealthReport> => {
      clock.advance(1000);
      return check.report();
    };
    await expect.poll(later).toEqual({ ready: true, state: 'ok' });
    expect(clock.now() - Date.UTC(2026, 0, 1)).toBeLessThan(20_000); // sooner than one that hangs
  });
});
