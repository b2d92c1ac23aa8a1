import { expect, it } from 'vitest';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

// With a small network of the published layout in place of the published one; skipped where it is not there.
it.skipIf(!hasFixtures)('the example that samples a published checkpoint runs', async () => {
  const published = "'edm-cifar10-32x32-uncond-vp.pkl'";
  const example = (await readmeExamples('packages/edm')).find((code) => code.includes('sampleImages'))!;
  expect(example).toContain(published);
  const small = example
    .replace(published, JSON.stringify(`${FIXTURES}pickles/edm-cifar-like-uncond.pkl`))
    .replace('steps: 18', 'steps: 2');
  expect(await runExample(small)).toMatch(/^3 \d+\n$/);
});
