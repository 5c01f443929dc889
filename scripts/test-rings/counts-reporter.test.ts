import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startVitest } from 'vitest/node';
import type { Counts } from './counts.ts';
import { CountsReporter, countRun } from './counts-reporter.ts';

/** Runs one test file with a real Vitest and gives what the reporter would write. */
async function countsOf(source: string): Promise<Record<string, Counts>> {
  const folder = mkdtempSync(join(import.meta.dirname, '.fixture-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, 'sample.test.ts'),
    `import { beforeAll, describe, expect, test } from 'vitest';\n${source}`,
  );
  let counts: Record<string, Counts> = {};
  const reporter = {
    onTestRunEnd: (...[modules, errors]: Parameters<CountsReporter['onTestRunEnd']>) => {
      counts = countRun(modules, errors.length);
    },
  };
  const exitCode = process.exitCode;
  const where = { config: false as const, root: folder, include: ['*.test.ts'], name: 'sample' };
  const vitest = await startVitest('test', [], { ...where, watch: false, reporters: [reporter] });
  await vitest.close();
  process.exitCode = exitCode;
  return counts;
}

test('passed, failed and skipped tests are counted by ring', async () => {
  const counts = await countsOf(`
    test('a', () => {});
    describe('suite', () => { test('b', () => expect(1).toBe(2)); test('c', () => {}); });
    test.skip('d', () => {});
    test.todo('e');
  `);
  expect(counts).toEqual({ sample: { passed: 2, failed: 1, skipped: 2 } });
});

test('a file that fails to load is one failure', async () => {
  expect(await countsOf(`throw new Error('broken');`)).toEqual({ sample: { passed: 0, failed: 1, skipped: 0 } });
});

test('a suite whose hook fails is a failure', async () => {
  const counts = await countsOf(`
    describe('suite', () => { beforeAll(() => { throw new Error('no'); }); test('a', () => {}); });
  `);
  expect(counts['sample']).toMatchObject({ passed: 0, failed: 1 });
});

test('an error that no test caught is a failure', async () => {
  const counts = await countsOf(`
    test('a', async () => { void Promise.reject(new Error('lost')); await new Promise((done) => setImmediate(done)); });
  `);
  expect(counts).toEqual({
    sample: { passed: 1, failed: 0, skipped: 0 },
    'unhandled errors': { passed: 0, failed: 1, skipped: 0 },
  });
});

test('the counts are written to the file that the environment names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-counts-'));
  const file = join(folder, 'counts.json');
  vi.stubEnv('MYCEL_TEST_COUNTS', file);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  new CountsReporter().onTestRunEnd([], [new Error('lost')]);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    'unhandled errors': { passed: 0, failed: 1, skipped: 0 },
  });
});
