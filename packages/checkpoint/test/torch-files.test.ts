import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  decodeTorchFile,
  isModule,
  moduleStateDict,
  TorchTensor,
  toFloat32,
  type PythonDict,
  type PythonValue,
} from '../src/index.js';
import { openTorchFile } from '../src/node/index.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';

const open = async (name: string) => (await openTorchFile(join(FIXTURES, name))) as PythonDict;

/** dtype, shape and elements of a tensor. */
function contents(value: PythonValue | undefined) {
  if (!(value instanceof TorchTensor)) throw new Error('no tensor');
  return [value.dtype, value.shape, Array.from(toFloat32(value))];
}

/** A pickle of protocol 2. */
const pickle = (body: string) => Buffer.from(`\x80\x02${body}.`, 'latin1');
const text = (value: string) => `X${String.fromCharCode(value.length, 0, 0, 0)}${value}`;
/** What names a storage of `count` numbers. */
const storage = (count: number, view = '') =>
  `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}K${String.fromCharCode(count)}${view}tQ`;

it.each([
  ['tensors whose numbers are elsewhere', storage(4), /a\.pkl: the contents of its tensors are missing/],
  ['a storage of two lengths', `${storage(4)}${storage(5)}\x86`, /a\.pkl: the storage 0 is described in two ways/],
  [
    'a part of a storage',
    storage(4, text('v')),
    /a storage that is part of another, .* before 0\.4 wrote; save it again/,
  ],
  ['without an end', `${'N0'.repeat(600_000)}N`, /a\.pkl: its pickle takes more than 1000000 instructions/],
])('a pickle is refused: %s', (_, body, message) => {
  expect(() => decodeTorchFile(pickle(body), 'a.pkl')).toThrow(message);
});

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
