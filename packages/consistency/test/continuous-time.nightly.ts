import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { meanFlow, scm } from '@onestep/consistency';
import { isMultiStep, type DistillationMethod, type Generator } from '@onestep/diffusion-core';
import { modeShares, pointBatches, type MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { trainedDenoiser } from '../../../test-support/eight-gaussians.js';

let teacher: MlpDenoiser;
beforeAll(async () => {
  await startTestBackend();
  teacher = trainedDenoiser(1500, 64);
});

/** Shares of the eight modes of points that a generator makes in some steps. */
async function sharesOf(generator: Generator, count: number): Promise<number[]> {
  const { shape, data } = generator.sampleLatents(new Rng(3, 'points'), 4000);
  const images = tf.tidy(() => {
    const z = tf.tensor(data, shape);
    if (count === 1 || !isMultiStep(generator)) return generator.generate(z);
    const noise = Array.from({ length: count - 1 }, (_, i) =>
      tf.randomNormal<tf.Rank.R4>(shape as tf.ShapeMap[tf.Rank.R4], 0, 1, 'float32', i),
    );
    return generator.generateInSteps(z, generator.noiseLevels(count), noise);
  });
  const points = (await images.data()) as Float32Array;
  images.dispose();
  return modeShares(points);
}

const common = { emaHalfLifeKimg: 20 };
const RUNS: [string, (batch: number) => DistillationMethod][] = [
  ...(['sCD', 'sCT'] as const).map((name): (typeof RUNS)[number] => [
    name,
    (batch) =>
      scm.create({
        teacher,
        data: pointBatches(batch, 1),
        options: { ...scm.presets.toy!.options, ...common, batch, useCd: name === 'sCD' },
      }),
  ]),
  [
    'MeanFlow',
    (batch) =>
      meanFlow.create({
        teacher,
        data: pointBatches(batch, 1),
        options: { ...meanFlow.presets.toy!.options, ...common, batch },
      }),
  ],
];

describe.each(RUNS)('%s, with the toy settings', (_, create) => {
  it('makes the eight Gaussians of a trained network, in one step and in two', async () => {
    const run = create(256);
    const before = await sharesOf(run.generator, 1);
    expect(before.reduce((sum, share) => sum + share)).toBeLessThan(0.1);
    for (let i = 0; i < 1200; i++) await run.step(i * run.batchSize);
    for (const count of [1, 2]) {
      const shares = await sharesOf(run.generator, count);
      expect(Math.min(...shares)).toBeGreaterThan(0.08);
      expect(shares.reduce((sum, share) => sum + share)).toBeGreaterThan(0.95);
    }
    run.dispose();
  });
});
