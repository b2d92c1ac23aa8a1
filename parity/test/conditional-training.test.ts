import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { describeParityIn } from '../../test-support/parity.js';
import { sidTraining } from '../checks/sid-training.js';

/** Made by conditional_training.py, our own PyTorch program, which is next to them. */
const FOLDER = fileURLToPath(new URL('data', import.meta.url));

describeParityIn(
  sidTraining,
  FOLDER,
  'SiD with labels, in micro-batches, of our own PyTorch program',
  /^sid-.*\.safetensors$/,
);
describe('labels of a training fixture', () => {
  it.each([
    ['are missing', undefined],
    ['are not JSON', '[[0, 1]'],
    ['are of another number of micro-batches', '[[0, 1], [2, 0]]'],
    ['are of another size', JSON.stringify(Array.from({ length: 8 }, () => [0, 1, 2]))],
    ['name a class that does not exist', JSON.stringify(Array.from({ length: 8 }, () => [0, 3]))],
  ])('%s: says what classes has to be', async (_, classes) => {
    const path = `${FOLDER}/sid-conditional.safetensors`;
    const { tensors, metadata } = decodeSafetensors(await readFile(path));
    const { classes: _own, ...others } = metadata;
    const file = { path, tensors, metadata: classes === undefined ? others : { ...others, classes } };
    await expect(sidTraining.compare(file)).rejects.toThrow(
      'The metadata entry classes must be a JSON list of 8 lists of 2 classes from 0 to 2',
    );
  });
});
