import { beforeAll, describe, expect, it } from 'vitest';
import { inceptionScore, kernelDistance, precisionRecall, subsetKernelDistance } from '@onestep/metrics';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

describe('features and probabilities of NaN', () => {
  const features = (broken?: number) => Float32Array.from({ length: 20 }, (_, i) => (i === 7 ? (broken ?? i) : i));

  it.each([NaN, Infinity])('make no metric: %f', async (broken) => {
    const message = `Feature 1 of image 3 is ${broken}`;
    expect(() => kernelDistance(features(), features(broken), 2)).toThrow(message);
    await expect(subsetKernelDistance(features(broken), features(), 2, new Rng(0))).rejects.toThrow(message);
    // Comparisons with NaN are false: such an image would count as far from all others.
    await expect(precisionRecall(features(), features(broken), 2)).rejects.toThrow(message);
    await expect(precisionRecall(features(broken), features(), 2)).rejects.toThrow(message);
    expect(() => inceptionScore(features(broken), 10, 2)).toThrow(`Class probability 1 of image 3 is ${broken}`);
  });
});
