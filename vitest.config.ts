import { defineConfig } from 'vitest/config';

/** The rings of tests, run in this order. `npm test -- --ring <name>` runs one; `scripts/test.ts` finds the servers first. */
interface Ring {
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  /** A fresh module graph for each file: needed wherever a test opens connections or starts processes. */
  readonly isolate: boolean;
  /**
   * How long a test, or a hook, may take; what is polled for may take half of it. It only ends what hangs, and asserts nothing: a test takes a
   * tenth of it, so that a machine may be slow.
   */
  readonly timeoutMs: number;
}

/** Vitest's own default is one worker on two processors; but most tests wait more than they work, each on a server, vhost or port of its own. */
const maxWorkers = 2;

const needsRabbit = '**/*.rabbit.test.ts';
const needsRedis = '**/*.redis.test.ts';
const needsPostgres = '**/*.postgres.test.ts';
const needsServer = [needsRabbit, needsRedis, needsPostgres];

/** The tests that are left out, since this machine has no such server. */
const leftOut = [
  ...(process.env['MYCEL_TEST_WITHOUT_RABBITMQ'] === '1' ? [needsRabbit] : []),
  ...(process.env['MYCEL_TEST_WITHOUT_REDIS'] === '1' ? [needsRedis] : []),
  ...(process.env['MYCEL_TEST_WITHOUT_POSTGRES'] === '1' ? [needsPostgres] : []),
];

/** A ring of the tests that need one kind of server. */
function ringOn(pattern: string): Ring {
  return {
    include: [`packages/*/src/${pattern}`, `tests/${pattern}`],
    exclude: ['tests/e2e/**', ...leftOut],
    isolate: true,
    timeoutMs: 120_000,
  };
}

const rings: Record<string, Ring> = {
  unit: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    exclude: [...needsServer, 'tests/e2e/**'],
    isolate: false,
    timeoutMs: 40_000,
  },
  scripts: { include: ['scripts/**/*.test.ts'], isolate: false, timeoutMs: 240_000 },
  rabbitmq: ringOn(needsRabbit),
  redis: ringOn(needsRedis),
  postgres: ringOn(needsPostgres),
  examples: {
    include: ['examples/**/*.test.ts', 'docs/**/*.test.ts'],
    exclude: leftOut,
    isolate: true,
    timeoutMs: 240_000,
  },
  e2e: {
    include: ['tests/e2e/**/*.test.ts'],
    exclude: leftOut,
    isolate: true,
    timeoutMs: 240_000,
  },
};

const ignored = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  // Sources instead of builds: `mycel` resolves to packages/mycel/src.
  resolve: { conditions: ['@mycel/source'] },
  ssr: { resolve: { conditions: ['@mycel/source'] } },
  // A target below esnext makes esbuild lower decorators and `using`, which Node does not run yet.
  esbuild: { target: 'es2022' },
  test: {
    projects: Object.entries(rings).map(([name, { include, exclude = [], isolate, timeoutMs }], groupOrder) => ({
      extends: true as const,
      test: {
        name,
        setupFiles: ['tests/support/restore-timers.ts'],
        include: [...include],
        exclude: [...ignored, ...exclude],
        isolate,
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        expect: { poll: { timeout: timeoutMs / 2 } },
        maxWorkers,
        sequence: { groupOrder },
      },
    })),
  },
});
