import { resourceUsage } from 'node:process';
import { expect, it } from 'vitest';
import { fuzzWeightFiles } from './support/fuzz.js';

it('10,000 mutated files are read or refused with a clear error, in little memory', () => {
  fuzzWeightFiles(0, 500);
  const before = resourceUsage().maxRSS;
  const { problems, refused, read } = fuzzWeightFiles(500, 10_000);
  expect(problems).toEqual([]);
  expect(refused).toBeGreaterThan(3000);
  expect(read).toBeGreaterThan(500);
  // All files are below 10 kB: what is left after each is garbage, which is collected in time.
  expect((resourceUsage().maxRSS - before) / 1024).toBeLessThan(200);
  console.log(`${refused} refused, ${read} read, ${((resourceUsage().maxRSS - before) / 1024).toFixed(0)} MB more`);
});
