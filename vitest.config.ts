import { defineConfig } from 'vitest/config';

// Tests import the packages' sources through the `@onestep/source` condition: nothing has to be built first.
const conditions = ['@onestep/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'parity/test/**/*.test.ts'],
    // Each engine uses every core by itself: one test file at a time is fastest, and a slow machine must not fail a test.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', './scripts/summary-reporter.mjs'],
  },
});
