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
const costOf = (name: string, options = {}) =>
  methodCost(
    METHODS.find((method) => method.name === name)!,
    options,
  );
const twice = { dfakeGenUpdateRatio: 2 };
const fastgen = { ...twice, features: 'teacher', maps: 3, shareNoise: true, exclusiveTurns: true };

describe('estimates of memory', () => {
  // Measured by benchmarks/memory on 2 cores of an AMD EPYC, in MB.
  it.each([
    ['training, batch 4', 409, estimateTraining({ ...EDM_TRAINING, network: small, batch: 4 })],
    ['training, batch 64', 1463, estimateTraining({ ...EDM_TRAINING, network: small, batch: 64 })],
    ['in micro-batches of 16', 1230, estimateTraining({ ...EDM_TRAINING, network: small, batch: 64, batchGpu: 16 })],
    ['ADM', 1067, estimateTraining({ ...EDM_TRAINING, network: adm, batch: 16 })],
    ['the published DDPM++', 1706, estimateTraining({ ...EDM_TRAINING, network: published, batch: 2 })],
    ['SiD', 1833, estimateTraining({ ...costOf('sid'), network: small, batch: 32 })],
    ['Diff-Instruct', 1543, estimateTraining({ ...costOf('diff-instruct'), network: small, batch: 32 })],
    ['BOOT', 1332, estimateTraining({ ...costOf('boot'), network: small, batch: 32 })],
    ['SIM', 1830, estimateTraining({ ...costOf('sim'), network: small, batch: 32 })],
    ['FGM', 1846, estimateTraining({ ...costOf('fgm'), network: small, batch: 32 })],
    ['Uni-Instruct', 2182, estimateTraining({ ...costOf('uni-instruct'), network: small, batch: 32 })],
    ['SiDA', 2228, estimateTraining({ ...costOf('sida'), network: small, batch: 32 })],
    ['DMD2', 2735, estimateTraining({ ...costOf('dmd2', twice), network: small, batch: 32 })],
    [
      'DMD2 whose student never rests',
      1825,
      estimateTraining({ ...costOf('dmd2', { dfakeGenUpdateRatio: 1 }), network: small, batch: 32 }),
    ],
    [
      'DMD2 without a discriminator',
      2081,
      estimateTraining({ ...costOf('dmd2', { ...twice, gan: 0 }), network: small, batch: 32 }),
    ],
    ['DMD2 of FastGen', 1910, estimateTraining({ ...costOf('dmd2', fastgen), network: small, batch: 32 })],
    [
      'DMD2 of FastGen, published DDPM++',
      3551,
      estimateTraining({ ...costOf('dmd2', fastgen), network: published, batch: 2 }),
    ],
    ['f-distill', 1576, estimateTraining({ ...costOf('f-distill', twice), network: small, batch: 32 })],
    ['ECT', 1071, estimateTraining({ ...costOf('ect'), network: small, batch: 32 })],
    ['TCM', 1214, estimateTraining({ ...costOf('tcm'), network: small, batch: 32 })],
    ['TRACT', 1059, estimateTraining({ ...costOf('tract'), network: small, batch: 32 })],
    ['PD', 1062, estimateTraining({ ...costOf('pd'), network: small, batch: 32 })],
    ['sampling', 703, estimateSampling({ network: small, batch: 256 })],
    ['sampling the published DDPM++', 687, estimateSampling({ network: published, batch: 16 })],
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

it('passes through networks are counted as the options have them', () => {
  // x_g, and f_psi forth and back; x_g forth and back, f_phi, f_psi. In one of five iterations the student learns.
  expect(costOf('dmd2', { gan: 0 }).passes).toBeCloseTo(4 + 5 / 5, 10);
  expect(costOf('dmd2', { gan: 0, exclusiveTurns: true }).passes).toBeCloseTo((4 * 4) / 5 + 5 / 5, 10);
  expect(costOf('dmd2', { gan: 0, dfakeGenUpdateRatio: 1 })).toMatchObject({ networks: 4, trained: 2, passes: 9 });
  expect(costOf('sida', { useGan: false })).toEqual(costOf('sid'));
  for (const options of [{}, { features: 'teacher' }, { shareNoise: true }, fastgen]) {
    const withGan = costOf('dmd2', options);
    const without = costOf('dmd2', { ...options, gan: 0 });
    expect(withGan.passes).toBeGreaterThan(without.passes);
    expect(withGan.trained).toBeGreaterThan(without.trained);
  }
});

it('the published training takes years at a hundred billion multiplications a second', () => {
  const seconds = estimateSeconds({ ...EDM_TRAINING, network: published, images: 200e6, speed: 1e11 });
  expect(seconds / (365 * 86_400)).toBeCloseTo(4.03, 1);
});
