import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Tests import the packages' sources through the `@onestep/source` condition: nothing has to be built first.
const conditions = ['@onestep/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'parity/test/**/*.test.ts',
      'scripts/test/**/*.test.ts',
    ],
    // One thread for each engine and a test file for each core: networks of tests are too small for more threads.
    env: { ONESTEP_THREADS: '1' },
    maxWorkers: Math.min(4, availableParallelism()),
    pool: 'forks',
    // A slow machine must not fail a test.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', './scripts/summary-reporter.mjs'],
  },
});
