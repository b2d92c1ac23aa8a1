/** For files of tests that share a process: what one changes of it is as before when the next one begins. */
import { afterAll, vi } from 'vitest';

const before = { env: { ...process.env }, folder: process.cwd() };

afterAll(() => {
  vi.restoreAllMocks();
  process.chdir(before.folder);
  for (const name of Object.keys(process.env)) if (!(name in before.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before.env);
});
