import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '@onestep/random';
import { openNpz, writeNpz } from '@onestep/checkpoint/node';
import { pythonWith } from '../../../test-support/python.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-npz-'))));
afterAll(() => rm(folder, { recursive: true }));

const python = pythonWith('numpy');
const image = (seed: number) => Uint8Array.from(new Rng(seed).integers(12, 256));

describe('writeNpz', () => {
  it('writes what openNpz reads', async () => {
    const path = join(folder, 'images.npz');
    await writeNpz(path, {
      arr_0: { shape: [2, 2, 2, 3], pieces: [image(1), image(2)] },
      b: { shape: [1], pieces: [Uint8Array.of(7)] },
      mu: { shape: [2], pieces: [Float64Array.of(0.1, -1e300)] },
    });
    const { arr_0: images, b, mu } = await openNpz(path);
    expect(images!.elements(12, 12)).toEqual(image(2));
    expect(() => images!.elements(20, 12)).toThrow(/images.npz/);
    expect(mu!.data).toEqual(Float64Array.of(0.1, -1e300));
    expect(images!.shape).toEqual([2, 2, 2, 3]);
    expect(images!.data).toEqual(Uint8Array.of(...image(1), ...image(2)));
    expect([b!.shape, [...b!.data]]).toEqual([[1], [7]]);
  });

  it.skipIf(python === null)('writes what numpy.load reads', async () => {
    const path = join(folder, 'numpy.npz');
    await writeNpz(path, {
      arr_0: { shape: [1, 2, 2, 3], pieces: [image(3)] },
      sigma: { shape: [1, 2], pieces: [Float64Array.of(0.25), Float64Array.of(0.5)] },
    });
    const script =
      'import numpy, sys; f = numpy.load(sys.argv[1]); a, s = f["arr_0"], f["sigma"]; print(a.dtype, a.shape, a.sum(), s.dtype, s)';
    const { stdout } = spawnSync(python!, ['-c', script, path], { encoding: 'utf8' });
    expect(stdout).toBe(`uint8 (1, 2, 2, 3) ${image(3).reduce((a, b) => a + b)} float64 [[0.25 0.5 ]]\n`);
  });

  it('refuses a shape that is not that of the elements', async () => {
    const arrays = { arr_0: { shape: [2, 2, 2, 3], pieces: [image(1)] } };
    await expect(writeNpz(join(folder, 'wrong.npz'), arrays)).rejects.toThrow('has 12 elements, not 24');
  });
});
