import { describe, expect, it } from 'vitest';
import { ADM, DDPMPP, networkCost } from '@onestep/edm';
import {
  EDM_TRAINING,
  estimateSampling,
  estimateSeconds,
  estimateTraining,
  largestMicroBatch,
  methodCost,
  METHODS,
} from '../src/index.js';
import { availableMemory } from '../src/node/index.js';

const MB = 1e6;
const image = { imgResolution: 32, imgChannels: 3 };
const small = networkCost({ ...image, model: { ...DDPMPP, modelChannels: 32, channelMult: [1, 2, 2], numBlocks: 2 } });
const adm = networkCost({
  ...image,
  model: { ...ADM, modelChannels: 64, channelMult: [1, 2, 2], numBlocks: 1, attnResolutions: [16, 8] },
});
const published = networkCost({ ...image, model: { ...DDPMPP, augmentDim: 9 } });
const costOf = (name: string) => methodCost(METHODS.find((method) => method.name === name)!);

describe('estimates of memory', () => {
  // Measured by benchmarks/memory on 2 cores of an AMD EPYC, in MB.
  it.each([
    ['training, batch 4', 381, estimateTraining({ ...EDM_TRAINING, network: small, batch: 4 })],
    ['training, batch 64', 1656, estimateTraining({ ...EDM_TRAINING, network: small, batch: 64 })],
    ['in micro-batches of 16', 1222, estimateTraining({ ...EDM_TRAINING, network: small, batch: 64, batchGpu: 16 })],
    ['ADM', 1066, estimateTraining({ ...EDM_TRAINING, network: adm, batch: 16 })],
    ['the published DDPM++', 1729, estimateTraining({ ...EDM_TRAINING, network: published, batch: 2 })],
    ['SiD', 1873, estimateTraining({ ...costOf('sid'), network: small, batch: 32 })],
    ['Diff-Instruct', 1610, estimateTraining({ ...costOf('diff-instruct'), network: small, batch: 32 })],
    ['BOOT', 1309, estimateTraining({ ...costOf('boot'), network: small, batch: 32 })],
    ['sampling', 803, estimateSampling({ network: small, batch: 256 })],
    ['sampling the published DDPM++', 617, estimateSampling({ network: published, batch: 16 })],
  ])('%s: within a tenth of what was measured', (_, measured, { total }) => {
    expect(Math.abs(total / (measured * MB) - 1)).toBeLessThan(0.1);
  });

  it('choose the largest micro-batch that fits, a divisor of the batch', () => {
    const work = { ...EDM_TRAINING, network: published, batch: 512 };
    const bytes = (batchGpu: number) => estimateTraining({ ...work, batchGpu }).total;
    for (const size of [1, 4, 64, 512]) expect(largestMicroBatch(work, bytes(size))).toBe(size);
    expect(largestMicroBatch(work, bytes(64) - 1)).toBe(32);
    expect(largestMicroBatch(work, bytes(512), 100)).toBe(64);
    expect(largestMicroBatch(work, bytes(1) - 1)).toBeNull();
  });

  it('compare with the memory that this process may have', () => {
    const { total, available } = availableMemory();
    expect(available).toBeGreaterThan(0);
    expect(available).toBeLessThanOrEqual(total);
  });
});

it('the published training takes years at a hundred billion multiplications a second', () => {
  const seconds = estimateSeconds({ ...EDM_TRAINING, network: published, images: 200e6, speed: 1e11 });
  expect(seconds / (365 * 86_400)).toBeCloseTo(4.03, 1);
});
