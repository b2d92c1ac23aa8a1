import { availableParallelism } from 'node:os';
import { defaultExclude, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// Tests import the packages' sources through the `@onestep/source` condition: nothing has to be built first.
const conditions = ['@onestep/source'];

/** A group of test files, whose names end with `.{kind}.ts`. */
export const testProject = (
  kind: string,
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration => ({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages', 'apps']
      .map((folder) => `${folder}/*/test/**/*.${kind}.ts`)
      .concat(`{parity,scripts}/test/**/*.${kind}.ts`),
    // One thread for each engine and a test file for each core: networks of tests are too small for more threads.
    env: { ONESTEP_THREADS: '1' },
    pool: 'forks',
    setupFiles: 'test-support/plain-output.ts',
    // A slow machine must not fail a test.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    ...test,
  },
});

/**
 * Files that change what a process has one of (engines and their settings), or that read what an engine counted. Each
 * has a process of its own.
 */
const ENGINES = [
  ...['backends', 'tfjs-backend-ort', 'tfjs-kernels'].map((name) => `packages/${name}/test/**/*.test.ts`),
  'apps/cli/test/engine.test.ts',
  'packages/edm/test/networks.test.ts',
  'packages/edm/test/parallel-training.test.ts',
  'packages/edm/test/replayed-sampling.test.ts',
  'packages/metrics/test/without-webassembly.test.ts',
  'packages/nn/test/second-derivatives.test.ts',
];

export default defineConfig({
  test: {
    maxWorkers: Math.min(4, availableParallelism()),
    reporters: ['default', './scripts/summary-reporter.mjs'],
    projects: [
      testProject('test', { name: 'engines', include: ENGINES }),
      // The other files share processes: to start one and import everything takes a second, as long as most files.
      testProject('test', {
        name: 'others',
        exclude: [...defaultExclude, ...ENGINES],
        isolate: false,
        setupFiles: ['test-support/plain-output.ts', 'test-support/restore-process.ts'],
      }),
    ],
  },
});
