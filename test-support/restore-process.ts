/** For files of tests that share a process: what one changes of it is as before when the next one begins. */
import { afterAll, vi } from 'vitest';

const { env } = process;
const before = { env: { ...env }, folder: process.cwd() };

afterAll(() => {
  vi.restoreAllMocks();
  process.chdir(before.folder);
  // Vitest's `stubEnv` would set variables in one object, and delete them from the other.
  const isReplaced = process.env !== env;
  process.env = env;
  if (isReplaced) throw new Error('process.env was replaced. Change its variables, which are restored here.');
  for (const name of Object.keys(process.env)) if (!(name in before.env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before.env);
});
