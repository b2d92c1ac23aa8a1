import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpz } from '@onestep/checkpoint/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWith } from '../../../test-support/python.js';
import { readReference, writeReference } from '../src/node/index.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-reference-'))));
afterAll(() => rm(folder, { recursive: true }));

const python = pythonWith('numpy');
const reference = {
  name: 'two features',
  detector: 'pixels',
  numImages: 7,
  mean: Float64Array.of(0.5, -1),
  covariance: Float64Array.of(2, 0.25, 0.25, 3),
};

describe('reference statistics in .npz files', () => {
  it('are the same after writing and reading', async () => {
    const path = join(folder, 'own.npz');
    await writeReference(path, reference);
    expect(await readReference(path)).toEqual(reference);
    const both = { ...reference, spatial: { mean: Float64Array.of(1), covariance: Float64Array.of(4) } };
    for (const file of [path, join(folder, 'own.safetensors')]) {
      await writeReference(file, both);
      expect(await readReference(file)).toEqual(both);
    }
  });

  it.each(['nan.npz', 'nan.safetensors'])(
    'are refused where they are no numbers, by the name of the file: %s',
    async (name) => {
      const path = join(folder, name);
      for (const broken of [
        { mean: Float64Array.of(0, NaN) },
        { covariance: Float64Array.of(1, Infinity, Infinity, 1) },
      ]) {
        await writeReference(path, { ...reference, ...broken });
        await expect(readReference(path)).rejects.toThrow(`${path} holds NaN or infinite values`);
      }
    },
  );

  it.skipIf(python === null)('are what numpy reads and writes', async () => {
    const [ours, theirs] = [join(folder, 'ours.npz'), join(folder, 'cifar10-32x32.npz')];
    await writeReference(ours, reference);
    const script = [
      'import numpy as np, sys',
      'f = np.load(sys.argv[1]); print(f["mu"].dtype, f["mu"].tolist(), f["sigma"].tolist())',
      'np.savez(sys.argv[2], mu=np.arange(2048) / 3, sigma=np.eye(2048))',
    ].join('\n');
    const { stdout } = spawnSync(python!, ['-c', script, ours, theirs], { encoding: 'utf8' });
    expect(stdout).toBe('float64 [0.5, -1.0] [[2.0, 0.25], [0.25, 3.0]]\n');
    const read = await readReference(theirs);
    expect(read).toMatchObject({ name: 'cifar10-32x32', detector: 'inception-2015-12-05', numImages: null });
    expect([read.mean[2047], read.covariance[2049 * 2047]]).toEqual([2047 / 3, 1]);
  });

  it('are refused without the name of a detector, or without arrays of moments', async () => {
    const path = join(folder, 'small.npz');
    const mu = { shape: [2], pieces: [reference.mean] };
    await writeNpz(path, { mu, sigma: { shape: [2, 2], pieces: [reference.covariance] } });
    await expect(readReference(path)).rejects.toThrow(
      /small.npz has statistics of 2 features and does not name the detector/,
    );
    await writeNpz(path, { mu });
    await expect(readReference(path)).rejects.toThrow(/small.npz is not a file of reference statistics/);
  });
});
