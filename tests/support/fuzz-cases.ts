import { onTestFailed } from 'vitest';
import { SeededRandom } from './seeded-random.ts';

const FIRST_SEED = Number(process.env['MYCEL_FUZZ_SEED'] ?? 1);
const CASES = process.env['MYCEL_FUZZ_CASES'];

/**
 * Runs a test many times, each time with its own seed; the same seeds in every run. A failure, and a case that never
 * ends, names its seed and how to repeat it. Gives how many cases there were. `MYCEL_FUZZ_CASES=1000000` tries more,
 * `MYCEL_FUZZ_SEED` tries others.
 */
export async function fuzz(cases: number, run: (random: SeededRandom) => void | Promise<void>): Promise<number> {
  const count = fuzzCases(cases);
  let unfinished: number | undefined;
  onTestFailed(() => {
    if (unfinished !== undefined) process.stderr.write(`Not finished: ${howToRepeat(unfinished)}\n`);
  });
  for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
    unfinished = seed;
    try {
      // Awaiting nothing would cost a turn for each of very many cases.
      const running = run(new SeededRandom(seed));
      if (running) await running;
    } catch (error) {
      throw new Error(`Failed, ${howToRepeat(seed)}: ${String(error)}`, { cause: error });
    }
  }
  return count;
}

/** Milliseconds that so many cases may take, for the test's timeout. */
export function fuzzTimeoutMs(cases: number, millisecondsEach: number): number {
  return Math.max(10_000, fuzzCases(cases) * millisecondsEach);
}

function howToRepeat(seed: number): string {
  return `repeat it with MYCEL_FUZZ_SEED=${seed} MYCEL_FUZZ_CASES=1`;
}

function fuzzCases(usual: number): number {
  return CASES === undefined ? usual : Number(CASES);
}
