import '@onestep/tfjs-backend-ort';
import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { beforeAll, expect, test } from 'vitest';
import { roundToHalf } from '../src/half-precision.js';
import {
  collectFeatures,
  featureRows,
  frechetDistance,
  kernelDistance,
  kernelDistanceOfSubsets,
  measureMetrics,
  parseMetric,
  precisionRecall,
  toReference,
  VGG16_DETECTOR,
  type FeatureExtractor,
  type GaussianMoments,
  type ImageBatch,
} from '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('ort');
});

/** Four pixels as features: an extractor of one's own is one function. */
const extractor: FeatureExtractor = {
  name: 'pixels',
  featureDim: 4,
  numClasses: 2,
  imgResolution: 2,
  imgChannels: 1,
  spatialDim: 2,
  extract: async (images, n, { spatial } = { spatial: false }) => ({
    features: Float32Array.from(images, (value) => value / 64),
    probabilities: Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? 1 : 0)),
    ...(spatial && { spatial: Float32Array.from({ length: 2 * n }, (_, i) => images[2 * i]! / 64) }),
  }),
};
const imagesOf = (seed: number, count: number): ImageBatch[] => [
  { images: Uint8Array.from(new Rng(seed).integers(4 * count, 256)), count },
];

const firstOf = ({ images }: ImageBatch, count: number): ImageBatch[] => [
  { images: images.subarray(0, 4 * count), count },
];

test('names of the published lists, with any count', () => {
  expect(parseMetric('fid50k_full')).toMatchObject({ numImages: 50_000, family: { better: 'lowest' } });
  expect(parseMetric('fid128_full').numImages).toBe(128);
  expect(parseMetric('pr50k3_full')).toMatchObject({ numImages: 50_000, family: { comparesWith: 'features' } });
  expect(parseMetric('is50k').family.variant).not.toBe(parseMetric('is50k_adm').family.variant);
  expect(parseMetric('fid50k').family.variant).toMatch(/as many of the first real images/);
  expect(parseMetric('pr50k3')).toMatchObject({
    numImages: 50_000,
    family: { detector: { only: 'vgg16-torchvision' } },
  });
  expect(() => parseMetric('fid50k_ful')).toThrow(/no metric fid50k_ful. There are fid50k_full, /);
  expect(() => parseMetric('ppl2_wend')).toThrow(/ppl2_wend does not apply: .* latent space of a StyleGAN/);
  expect(() => parseMetric('is5')).toThrow(/at least 10/);
});

test('each variant is what its name says', async () => {
  const keep = { keep: ['features'], spatial: true } as const;
  const real = await collectFeatures(extractor, imagesOf(1, 60), keep);
  const first = await collectFeatures(extractor, firstOf(imagesOf(1, 60)[0]!, 40), keep);
  const fake = await collectFeatures(extractor, imagesOf(2, 40), keep);
  const statistics = toReference(real, { name: 'squares', detector: 'pixels', divisor: 'n-1' });
  const measure = async (detector: string, ...names: string[]) => {
    const results = await measureMetrics({
      extractor: { ...extractor, name: detector },
      images: imagesOf(2, 40),
      metrics: names.map(parseMetric),
      reference: { statistics: { ...statistics, detector }, features: real.features },
      rng: new Rng(0),
    });
    const values = Object.assign({}, ...results.map((result) => result.values)) as Record<string, number>;
    return { values, references: results.map(({ reference }) => reference) };
  };
  const names = ['fid40_full', 'fid40_edm', 'fid40', 'sfid40_adm', 'is40', 'is40_adm', 'kid40_full', 'kid40_exact'];
  const { values, references } = await measure('pixels', ...names, 'kid40', 'pr403_full', 'pr403_adm');
  const fid = (divisor: 'n' | 'n-1', reference: GaussianMoments) =>
    frechetDistance(fake.statistics.moments({ divisor }), reference);
  expect([values.fid40_full, values.fid40_edm]).toEqual([fid('n', statistics), fid('n-1', statistics)]);
  expect(values.fid40_full).not.toBe(values.fid40_edm);
  expect(values.fid40).toBe(fid('n', first.statistics.moments({ divisor: 'n' })));
  expect(values.sfid40_adm).toBe(frechetDistance(fake.spatial!.moments(), statistics.spatial!));
  expect(values.is40_mean).toBeCloseTo(1, 12);
  expect(values.is40_adm_mean).toBeCloseTo(1, 12);
  expect(values.kid40_exact).toBe(kernelDistance(fake.features!, real.features!, 4));
  // A subset has as many as the smaller set: that of the older metric is always the whole of both.
  expect(values.kid40).toBeCloseTo(kernelDistance(fake.features!, first.features!, 4), 4);
  expect(values.pr403_adm_precision).toBe((await precisionRecall(real.features!, fake.features!, 4)).precision);
  expect(references).toEqual([
    ...['squares (60 images)', 'squares (60 images)', '60 real images', 'squares (60 images)', null, null],
    ...Array.from({ length: 5 }, () => '60 real images'),
  ]);

  const vgg = await measure(VGG16_DETECTOR, 'pr403', 'pr403_vgg16');
  const half = (features: Float32Array) => roundToHalf(features);
  const coverage = (of: Float32Array) => precisionRecall(half(of), half(fake.features!), 4);
  const [few, all] = [await coverage(first.features!), await coverage(real.features!)];
  expect(Object.values(vgg.values)).toEqual([few.precision, few.recall, all.precision, all.recall]);
  await expect(measure(VGG16_DETECTOR, 'pr403_full')).rejects.toThrow(/pr403_full is not of the features of vgg16/);
  await expect(measure('pixels', 'pr403')).rejects.toThrow(/pr403 is of the features of vgg16.*detector is pixels/);
});

test('of single images only what was asked for is kept', async () => {
  const [plain, both] = [
    await collectFeatures(extractor, imagesOf(1, 300)),
    await collectFeatures(extractor, imagesOf(1, 300), { keep: ['probabilities', 'features', 'features'] }),
  ];
  expect(plain).toEqual({ ...both, probabilities: null, features: null });
  expect([both.probabilities!.length, both.features!.length]).toEqual([600, 1200]);
});

test('what would mix things up is refused', async () => {
  const args = { extractor, images: imagesOf(2, 40), rng: new Rng(0), reference: { statistics: null, features: null } };
  const measure = (...names: string[]) => measureMetrics({ ...args, metrics: names.map(parseMetric) });
  await expect(measure('kid40_full')).rejects.toThrow(/the real images themselves/);
  await expect(measure('fid40_full')).rejects.toThrow(/reference statistics/);
  const { spatialDim: _none, ...without } = extractor;
  await expect(collectFeatures(without, [], { spatial: true })).rejects.toThrow(/pixels has no spatial features/);
  await expect(measure('sfid40_adm')).rejects.toThrow(/mu_s and sigma_s/);
  await expect(measure('is40', 'is50')).rejects.toThrow(/different numbers/);
  await expect(measure('is50')).rejects.toThrow(/of 50 images, and there are 40/);
});

test('one subset of all images is the unbiased distance; subsets scatter around it', async () => {
  const rows = (seed: number, count: number) => featureRows(new Rng(seed).normal(count * 8), 8);
  const [a, b] = [rows(1, 200), rows(2, 200)];
  const exact = kernelDistance(a.data, b.data, 8);
  expect(await kernelDistanceOfSubsets(a, b, new Rng(0), { subsets: 1 })).toBeCloseTo(exact, 5);
  const mean = await kernelDistanceOfSubsets(a, b, new Rng(0), { subsets: 100, maxSize: 50 });
  expect(Math.abs(mean - exact)).toBeLessThan(0.02);
});

test('half precision: its own numbers stay, others go to the nearest of two neighbours', () => {
  const values = Float32Array.of(0, 1, -2.5, 1 + 2 ** -10, 65504, 2 ** -24, 2 ** -14);
  expect(roundToHalf(values)).toEqual(values);
  // Ties go to the even one: 1 + 2^-11 lies between 1 and 1 + 2^-10.
  expect(roundToHalf(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 70000, 2 ** -26))).toEqual(
    Float32Array.of(1, 1 + 2 ** -9, Infinity, 0),
  );
  fc.assert(
    fc.property(fc.float({ min: Math.fround(6.2e-5), max: 65504, noNaN: true }), (x) => {
      expect(Math.abs(roundToHalf(Float32Array.of(x))[0]! / x - 1)).toBeLessThanOrEqual(2 ** -11);
    }),
  );
});
