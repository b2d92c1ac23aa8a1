import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config';

/** Tests that take minutes: real trainings, killed and restarted. */
export default mergeConfig(
  base,
  defineConfig({
    test: { include: ['packages/*/test/**/*.nightly.ts', 'apps/*/test/**/*.nightly.ts'], testTimeout: 1_800_000 },
  }),
);
