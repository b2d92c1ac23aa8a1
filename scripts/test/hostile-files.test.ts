import { expect, it } from 'vitest';
import { readHostileFiles } from '../hostile-files/watch.js';

it('changed files of every kind that is read do no harm: no crash, little memory, nothing outside of their folder', async () => {
  const { kinds, problems } = await readHostileFiles(0, 120);
  expect(problems).toEqual([]);
  expect(Object.keys(kinds).length).toBeGreaterThan(60);
});
