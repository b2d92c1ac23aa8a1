import { defineConfig } from 'vitest/config';
import tests, { testProject } from './vitest.config.js';

/** Tests that take minutes: real trainings, killed and restarted. */
export default defineConfig({
  test: { ...tests.test, projects: [testProject('nightly', { name: 'nightly', testTimeout: 1_800_000 })] },
});
