import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  collectFeatures,
  frechetDistance,
  inceptionScore,
  kernelDistance,
  measureMetrics,
  metricNames,
  parseMetric,
  precisionRecall,
  subsetKernelDistance,
  toReference,
  VGG16_DETECTOR,
  type GaussianMoments,
  type ImageBatch,
} from '../src/index.js';
import { referenceMoments } from '../src/reference.js';
import { roundToHalf } from '../src/round-to-half.js';
import { pixelExtractor, randomImages } from './support/pixel-extractor.js';

beforeAll(async () => {
  await tf.setBackend('ort');
});

const firstOf = ([{ images }]: [ImageBatch], count: number): ImageBatch[] => [
  { images: images.subarray(0, 4 * count), count },
];

describe('names', () => {
  it('are those of the published lists, with any number of images', () => {
    expect(parseMetric('fid50k_full')).toMatchObject({ numImages: 50_000, family: { better: 'lowest' } });
    expect(parseMetric('fid128_full').numImages).toBe(128);
    expect(parseMetric('pr50k3_full')).toMatchObject({ numImages: 50_000, family: { comparesWith: 'features' } });
    expect(parseMetric('is50k').family.variant).not.toBe(parseMetric('is50k_adm').family.variant);
    expect(parseMetric('fid50k').family.variant).toMatch(/the first real images, as many as generated ones/);
    expect(parseMetric('pr50k3')).toMatchObject({
      numImages: 50_000,
      family: { detector: { only: 'vgg16-torchvision' } },
    });
  });

  it('lead back to the metric they were made from', () => {
    const names = metricNames(50);
    const metrics = names.map(parseMetric);
    expect(metrics.map(({ name, numImages }) => [name, numImages])).toEqual(names.map((name) => [name, 50_000]));
    expect(new Set(metrics.map(({ family }) => family.variant)).size).toBe(names.length);
  });

  it('are refused with the names that exist', () => {
    expect(() => parseMetric('fid50k_ful')).toThrow(/Unknown metric fid50k_ful. Available: fid50k_full, /);
    expect(() => parseMetric('ppl2_wend')).toThrow(
      /ppl2_wend is not computed here: .* latent space alone. Available: fid50k_full/,
    );
    expect(() => parseMetric('is5')).toThrow(/at least 10/);
  });
});

describe('measureMetrics', () => {
  it('computes each variant as its name says', async () => {
    const keep = { keep: ['features', 'probabilities'], spatial: true } as const;
    const real = await collectFeatures(pixelExtractor, randomImages(1, 60), keep);
    const first = await collectFeatures(pixelExtractor, firstOf(randomImages(1, 60), 40), keep);
    const fake = await collectFeatures(pixelExtractor, randomImages(2, 40), keep);
    const statistics = toReference(real, { name: 'squares', detector: 'pixels', divisor: 'n-1' });
    const measure = async (detector: string, ...names: string[]) => {
      const results = await measureMetrics({
        extractor: { ...pixelExtractor, name: detector },
        images: randomImages(2, 40),
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
    expect([values.fid40_full, values.fid40_edm]).toEqual([
      fid('n', referenceMoments(statistics, 'n')),
      fid('n-1', statistics),
    ]);
    expect(referenceMoments(statistics, 'n').covariance[0]).toBeCloseTo(
      real.statistics.covariance({ divisor: 'n' })[0]!,
      12,
    );
    expect(values.fid40_full).not.toBe(values.fid40_edm);
    expect(values.fid40).toBe(fid('n', first.statistics.moments({ divisor: 'n' })));
    expect(values.sfid40_adm).toBe(frechetDistance(fake.spatial!.moments(), statistics.spatial!));
    const is = (options: { splits: number }) => inceptionScore(fake.probabilities!, 40, 2, options);
    expect([values.is40_mean, values.is40_std]).toEqual([is({ splits: 10 }).mean, is({ splits: 10 }).std]);
    // A part of 5000 holds all images.
    expect(values.is40_adm_mean).toBeCloseTo(is({ splits: 1 }).mean, 12);
    expect(values.is40_adm_mean).not.toBeCloseTo(values.is40_mean!, 3);
    expect(values.kid40_exact).toBe(kernelDistance(fake.features!, real.features!, 4));
    // The first metric that draws random numbers.
    expect(values.kid40_full).toBe(await subsetKernelDistance(fake.features!, real.features!, 4, new Rng(0)));
    // Both sets have 40 images, so a subset is always the whole set.
    expect(values.kid40).toBeCloseTo(kernelDistance(fake.features!, first.features!, 4), 4);
    expect(values.pr403_adm_precision).toBe((await precisionRecall(real.features!, fake.features!, 4)).precision);
    expect(references).toEqual([
      ...['squares (60 images)', 'squares (60 images)', '60 real images', 'squares (60 images)', null, null],
      ...Array.from({ length: 5 }, () => '60 real images'),
    ]);

    const halfPrecision = (features: Float32Array) =>
      precisionRecall(roundToHalf(features), roundToHalf(fake.features!), 4);
    const [few, all] = [await halfPrecision(first.features!), await halfPrecision(real.features!)];
    expect([values.pr403_full_precision, values.pr403_full_recall]).toEqual([all.precision, all.recall]);
    const vgg = await measure(VGG16_DETECTOR, 'pr403', 'pr403_vgg16');
    expect(Object.values(vgg.values)).toEqual([few.precision, few.recall, all.precision, all.recall]);
    await expect(measure(VGG16_DETECTOR, 'pr403_full')).rejects.toThrow(
      /pr403_full is not defined for vgg16-torchvision features; use a metric such as pr50k3_vgg16/,
    );
    await expect(measure('pixels', 'pr403')).rejects.toThrow(
      /pr403 is only defined for vgg16-torchvision features, and the detector is pixels/,
    );
  });

  it('refuses metrics that the reference or the images do not suffice for', async () => {
    const measure = (...names: string[]) =>
      measureMetrics({
        extractor: pixelExtractor,
        images: randomImages(2, 40),
        metrics: names.map(parseMetric),
        reference: { statistics: null, features: null },
        rng: new Rng(0),
      });
    await expect(measure('kid40_full')).rejects.toThrow(/the real images themselves/);
    await expect(measure('fid40_full')).rejects.toThrow(/reference statistics/);
    await expect(measure('sfid40_adm')).rejects.toThrow(/mu_s and sigma_s/);
    await expect(measure('is40', 'is50')).rejects.toThrow(/different numbers of images/);
    await expect(measure('is50')).rejects.toThrow(/over 50 images, but there were 40/);
  });
});
