import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('the example of the README runs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-readme-'));
  try {
    const [example] = await readmeExamples('packages/checkpoint');
    const code = example!.replaceAll(/'(checkpoint\.\w+)'/g, (_, name) => JSON.stringify(join(folder, name)));
    expect(await runExample(code)).toBe('layer.weight [ 2, 3 ] 6\n');
    expect(await readdir(folder)).toEqual(['checkpoint.pth', 'checkpoint.safetensors']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
