import { expect, it } from 'vitest';
import { readHostileFiles, readTraps } from '../hostile-files/watch.js';

it('20,000 changed files of every kind that is read do no harm', async () => {
  const { kinds, problems } = await readHostileFiles(0, 20_000);
  expect(problems).toEqual([]);
  const read = Object.values(kinds).reduce((sum, kind) => sum + kind.read, 0);
  expect(read).toBeGreaterThan(2000);
  expect(Object.values(kinds).every(({ refused }) => refused > 0)).toBe(true);
});

it('traps do no harm: pipes, devices, links, holes, bombs, and claims that are not true', async () => {
  const { kinds, problems } = await readTraps();
  expect(problems).toEqual([]);
  expect(Object.keys(kinds).length).toBeGreaterThan(100);
});
