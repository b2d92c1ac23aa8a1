import { defineConfig } from 'vitest/config';
import base from './vitest.config';

/** Tests that take minutes: real trainings, killed and restarted. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [
      'packages/*/test/**/*.nightly.ts',
      'apps/*/test/**/*.nightly.ts',
      'parity/test/**/*.nightly.ts',
      'scripts/test/**/*.nightly.ts',
    ],
    testTimeout: 1_800_000,
  },
});
