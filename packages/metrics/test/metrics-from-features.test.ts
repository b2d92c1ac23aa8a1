import { join } from 'node:path';
import { readSafetensors } from '@onestep/nn/node';
import { describe, expect, test } from 'vitest';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { FeatureStatistics, frechetDistance, inceptionScore, kernelDistance, precisionRecall } from '../src/index.js';

const FIXTURE = join(FIXTURES, 'metrics', 'metrics-from-features.safetensors');
const DIM = 64;
const CLASSES = 50;

describe.skipIf(!hasFixtures)('the numbers of the published implementations', async () => {
  const { tensors, metadata } = hasFixtures ? await readSafetensors(FIXTURE) : { tensors: {}, metadata: {} };
  const expected: Record<string, number> = JSON.parse(metadata.expected ?? '{}');
  const features = (name: string) => tensors[name]!.data as Float32Array;
  const moments = (name: string) => {
    const statistics = new FeatureStatistics(DIM);
    statistics.add(features(name), features(name).length / DIM);
    return { mean: statistics.mean(), covariance: statistics.covariance() };
  };
  const close = (value: number, name: string) =>
    expect(Math.abs(value / expected[name]! - 1), `${name}: ${value} instead of ${expected[name]}`).toBeLessThan(1e-6);

  test('FID', () => {
    close(frechetDistance(moments('generated'), moments('real')), 'fid');
    close(frechetDistance(moments('real'), moments('generated')), 'fid');
  });

  test('FID of fewer images than features', () => {
    close(frechetDistance(moments('few_samples'), moments('real')), 'fid_rank_deficient');
    close(frechetDistance(moments('real'), moments('few_samples')), 'fid_rank_deficient');
  });

  test('Inception Score', () => {
    const logits = features('logits');
    const probabilities = Float64Array.from(logits, (value) => Math.exp(value));
    for (let start = 0; start < logits.length; start += CLASSES) {
      const image = probabilities.subarray(start, start + CLASSES);
      const sum = image.reduce((a, b) => a + b, 0);
      for (let i = 0; i < CLASSES; i++) image[i]! /= sum;
    }
    const score = inceptionScore(probabilities, logits.length / CLASSES, CLASSES);
    close(score.mean, 'is_mean');
    close(score.std, 'is_std');
  });

  test('KID', () => close(kernelDistance(features('generated'), features('real'), DIM), 'kid_unbiased_all_samples'));

  test('precision and recall', () => {
    const { precision, recall } = precisionRecall(features('real'), features('generated'), DIM);
    close(precision, 'precision');
    close(recall, 'recall');
  });
});
