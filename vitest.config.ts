import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@mycel/source'] },
  ssr: { resolve: { conditions: ['@mycel/source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts'],
  },
});
