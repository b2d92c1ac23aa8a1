import { defineConfig } from 'vitest/config';
import tests, { testProject } from './vitest.config.js';

/** Tests that take minutes, as may what they set up: real trainings, killed and restarted; a site that is built. */
export default defineConfig({
  test: {
    ...tests.test,
    projects: [testProject('nightly', { name: 'nightly', testTimeout: 1_800_000, hookTimeout: 1_800_000 })],
  },
});
