import { execFile } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

describe('systemClock', () => {
  it('runs what is due at once in the next turn, not before those who wait for the network', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const run = vi.fn<() => void>();
    systemClock.schedule(0, run);
    expect([run.mock.calls.length, timers.mock.calls.length]).toEqual([0, 0]);
    timers.mockRestore();
    await nextTurn();
    expect(run).toHaveBeenCalledOnce();
  });

  it('does not wait for anything else to happen', async () => {
    const quiet = promisify(execFile)(process.execPath, [
      '--import',
      'tsx',
      '-e',
      `import { systemClock } from '${new URL('clock.ts', import.meta.url).pathname}';
       systemClock.schedule(0, () => console.log('ran'));`,
    ]);
    expect((await quiet).stdout).toBe('ran\n');
  });

  it('does not run what was cancelled before', async () => {
    const run = vi.fn<() => void>();
    const timer = systemClock.schedule(0, run);
    timer.cancel();
    timer.cancel();
    await nextTurn();
    expect(run).not.toHaveBeenCalled();
  });
});
