import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isModule, moduleStateDict, TorchTensor, toFloat32, type PythonDict, type PythonValue } from '../src/index.js';
import { openTorchFile } from '../src/node/index.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';

const open = async (name: string) => (await openTorchFile(join(FIXTURES, name))) as PythonDict;

/** dtype, shape and elements of a tensor. */
function contents(value: PythonValue | undefined) {
  if (!(value instanceof TorchTensor)) throw new Error('no tensor');
  return [value.dtype, value.shape, Array.from(toFloat32(value))];
}

describe.skipIf(!hasFixtures)('files of PyTorch (skipped without the folder of reference numbers)', () => {
  it('in ZIP format, of every type and with strides', async () => {
    const file = await open('pickles/zip-format.pth');
    expect([...file.keys()]).toEqual(['state', 'epoch']);
    expect(file.get('epoch')).toBe(3);
    const state = file.get('state') as PythonDict;
    expect([...state].map(([name, tensor]) => [name, ...contents(tensor)])).toEqual([
      ['a', 'F32', [2, 3], [0, 1, 2, 3, 4, 5]],
      ['h', 'F16', [3], [1, 1, 1]],
      ['bf', 'BF16', [3], [1, 1, 1]],
      ['i', 'I64', [4], [0, 1, 2, 3]],
      ['t', 'F32', [4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
    ]);
  });

  it('in legacy format, with a slice', async () => {
    expect([...(await open('pickles/legacy-format.pth'))].map(([name, tensor]) => [name, contents(tensor)])).toEqual([
      ['w', ['F32', [2, 2], [1, 2, 4, 5]]],
    ]);
  });

  it('StyleGAN2 snapshots give their state dict and settings', async () => {
    const generator = (await open('stylegan2/orig-cond-16.pkl')).get('G_ema');
    if (!isModule(generator)) throw new Error('no module');
    expect(generator.className).toBe('Generator');
    const state = moduleStateDict(generator, 'file');
    expect(Object.keys(state)).toHaveLength(52);
    expect(state['synthesis.b4.const']!.shape).toEqual([16, 4, 4]);
    expect(state['synthesis.b4.conv1.noise_strength']!.shape).toEqual([]);
  });
});
