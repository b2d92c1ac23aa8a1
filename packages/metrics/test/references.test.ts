import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpz } from '@onestep/checkpoint/node';
import { describeProvenance, readReference, readReferences } from '../src/node/index.js';
import { FeatureStatistics } from '../src/index.js';

const data = (name: string) => fileURLToPath(new URL(`data/references/${name}`, import.meta.url));
/** The features in `data/references.py`, and their moments. */
const FEATURES = Float32Array.from({ length: 20 }, (_, i) => (i * i) % 11);
const statistics = new FeatureStatistics(4);
statistics.add(FEATURES, 5);
const { mean, covariance } = statistics.moments();
const byN = statistics.moments({ divisor: 'n' }).covariance;
const four = { name: 'mine', featureDim: 4 };

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-references-'))));
afterAll(() => rm(folder, { recursive: true }));

function expectClose(found: Float64Array, wanted: Float64Array): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 5));
}

describe('reference statistics of other programs', () => {
  it("are read from EDM2's pickles, one for each detector", async () => {
    const [fid, dino, ...others] = await readReferences(data('img.pkl'));
    expect(others).toEqual([]);
    expect([fid!.statistics.detector, dino!.statistics.detector]).toEqual([
      'inception-2015-12-05',
      'dinov2-vitl14/edm2',
    ]);
    expectClose(fid!.statistics.mean, mean);
    expectClose(fid!.statistics.covariance, covariance);
    expectClose(
      dino!.statistics.mean,
      mean.slice(0, 2).map((value) => value + 1),
    );
  });

  it('are read from compressed arrays, and the program is stated, named by the file, or assumed', async () => {
    const path = data('pytorch-fid.npz');
    const assumed = await readReference(path);
    expect(assumed).toMatchObject({ detector: 'inception-2015-12-05', provenance: 'assumed', numImages: null });
    expect([assumed.mean[2047], assumed.covariance[2049 * 7], assumed.covariance[1]]).toEqual([2047 / 2048, 1, 0]);
    expect(describeProvenance(path, assumed)).toMatch(/does not say.*inception-2015-12-05 is assumed.*--ref-made-by/);
    const stated = await readReference(path, { madeBy: 'pytorch-fid' });
    expect(stated).toMatchObject({ detector: 'inception-2015-12-05/pytorch-fid', provenance: 'stated' });
    expect(describeProvenance(path, stated)).toBeNull();
    expect((await readReference(data('mine_clean_custom_na.npz'))).detector).toBe('inception-2015-12-05/clean-fid');
    const detector = { name: 'inception-2015-12-05/pytorch-fid', featureDim: 2048 };
    expect((await readReference(path, { detector })).detector).toBe(detector.name);
  });

  it('are computed from the features of clean-fid and torch-fidelity', async () => {
    for (const name of ['mine_clean_custom_na_kid.npz', 'mine-inception-v3-compat-features-2048.pt']) {
      const [found] = await readReferences(data(name), { detector: four });
      expect(found!.features).toEqual(FEATURES);
      expect(found!.statistics).toMatchObject({ detector: 'mine', provenance: 'assumed', numImages: 5 });
      expectClose(found!.statistics.mean, mean);
      expectClose(found!.statistics.covariance, covariance);
    }
  });

  it("are read from torch-fidelity's statistics and StyleGAN's sums", async () => {
    const fidelity = await readReference(data('mine-inception-v3-compat-stat-fid-2048.pt'), { detector: four });
    expectClose(fidelity.covariance, covariance);
    const stylegan = await readReference(data('mine-stylegan.pkl'), { madeBy: 'some-detector' });
    expect(stylegan).toMatchObject({ detector: 'some-detector', numImages: 5 });
    expectClose(stylegan.mean, mean);
    expectClose(stylegan.covariance, byN);
  });

  it('with NaN are refused', async () => {
    const path = join(folder, 'nan.npz');
    const array = (data: number[], shape: number[]) => ({ shape, pieces: [Float64Array.from(data)] });
    await writeNpz(path, { mu: array([0, NaN], [2]), sigma: array([1, 0, 0, 1], [2, 2]) });
    await expect(readReferences(path, { detector: { name: 'mine', featureDim: 2 } })).rejects.toThrow(
      /NaN or infinite values/,
    );
  });

  it('are refused if their width does not fit, nothing is known, or they are something else', async () => {
    const path = data('mine-stylegan.pkl');
    await expect(readReferences(path)).rejects.toThrow(/4 features and does not name the detector.*--ref-made-by/);
    await expect(readReferences(path, { madeBy: 'clean-fid' })).rejects.toThrow(/4 features, and clean-fid makes 2048/);
    const write = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return readReferences(join(folder, name));
    };
    await expect(write('page.npz', '<!DOCTYPE html><html></html>')).rejects.toThrow(/a web page/);
    await expect(write('lfs.pkl', 'version https://git-lfs.github.com/spec/v1\noid')).rejects.toThrow(/Git LFS/);
    const images = join(folder, 'images.npz');
    await writeNpz(images, { arr_0: { shape: [1, 1, 1, 3], pieces: [Uint8Array.of(1, 2, 3)] } });
    await expect(readReferences(images)).rejects.toThrow(
      /it has arr_0\. "onestep metrics ref" computes statistics of images/,
    );
  });
});
