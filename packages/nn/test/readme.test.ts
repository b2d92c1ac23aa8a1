import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSafetensors } from '@onestep/checkpoint/node';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('the example of the README runs, learns the sine, and writes PyTorch names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-readme-'));
  try {
    const path = join(folder, 'network.safetensors');
    const [example] = await readmeExamples('packages/nn');
    const output = await runExample(example!.replace("'network.safetensors'", JSON.stringify(path)));
    const losses = [...output.matchAll(/^(\d+) ([\d.e-]+)$/gm)].map(([, , loss]) => Number(loss));
    expect(losses).toHaveLength(3);
    expect(losses[2]).toBeLessThan(losses[0]! / 20);
    expect(Object.keys((await readSafetensors(path)).tensors)).toEqual([
      'first.weight',
      'first.bias',
      'second.weight',
      'second.bias',
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
