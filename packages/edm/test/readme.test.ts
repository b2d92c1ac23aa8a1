import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('the example that trains a network runs, and leaves a network file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-edm-readme-'));
  try {
    const path = join(folder, 'network.safetensors');
    const example = (await readmeExamples('packages/edm'))[0]!;
    const short = example.replace('step < 100', 'step < 1').replace("'network.safetensors'", JSON.stringify(path));
    expect(await runExample(short)).toMatch(/^180193\n0 \d+\.\d+\n$/);
    const { metadata } = decodeSafetensors(await readFile(path), path);
    expect(JSON.parse(metadata.onestep!)).toMatchObject({ imgResolution: 8, model: { modelChannels: 16 } });
  } finally {
    await rm(folder, { recursive: true });
  }
});

// With a small network of the published layout in place of the published one; skipped where it is missing.
it.skipIf(!hasFixtures)('the example that samples a published checkpoint runs', async () => {
  const published = "'edm-cifar10-32x32-uncond-vp.pkl'";
  const example = (await readmeExamples('packages/edm')).find((code) => code.includes('sampleImages'))!;
  expect(example).toContain(published);
  const small = example
    .replace(published, JSON.stringify(`${FIXTURES}pickles/edm-cifar-like-uncond.pkl`))
    .replace('steps: 18', 'steps: 2');
  expect(await runExample(small)).toMatch(/^3 \d+\n$/);
});
