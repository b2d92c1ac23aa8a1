import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConsistencyGenerator, ect, ectStep, timesBefore, type EctOptions } from '@onestep/consistency';
import { GaussianDenoiser, perImage, type DenoiserNetwork } from '@onestep/diffusion-core';
import { MaskRng, Rng } from '@onestep/random';
import { describeMethodValue } from '../../../../test-support/method-value.js';
import { logNormalTimes } from '../../src/ect/times.js';
import { startStudent, steps } from '../support/students.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

describeMethodValue(ect);

describe('the time r before t', () => {
  const TIMES = [0.1, 0.5, 1, 5, 80];
  const STAGE_7 = [0.09812493, 0.4921478, 0.98768933, 4.97942299, 79.6875];

  it.each([
    ['stage 0', 2, 0, [0, 0, 0, 2.366143, 40]],
    ['stage 3', 2, 3, [0.06999896, 0.37436483, 0.80302929, 4.67076787, 75]],
    ['stage 7', 2, 7, STAGE_7],
    ['stage 3 with q = 4', 4, 3, STAGE_7],
    ['stage 0 of the hour-long run', 256, 0, STAGE_7],
  ])('is the published one in %s', (_, q, stage, expected) => {
    const shape = { k: 8, b: 1, mapping: 'sigmoid', rMin: 0 } as const;
    const { r, gap } = timesBefore(tf.tensor1d(TIMES), q ** -(stage + 1), shape);
    const gaps = gap.dataSync();
    r.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
      expect(gaps[i]! / (TIMES[i]! - expected[i]!)).toBeCloseTo(1, 4);
    });
  });

  it('is at least rMin, and below t also there', () => {
    const { r, gap } = timesBefore(tf.tensor1d([0.002, 0.01]), 0.5, { k: 8, b: 1, mapping: 'const', rMin: 0.002 });
    expect(r.dataSync()[0]).toBeCloseTo(0.002, 5);
    expect(r.dataSync()[1]).toBeCloseTo(0.005, 6);
    for (const value of gap.dataSync()) expect(value).toBeGreaterThan(0);
  });

  it('follows t, which is drawn within its bounds', () => {
    const options = ect.settle({ tMin: 0.2, tMax: 2 });
    const times = logNormalTimes.draw(new Rng(1), 500, { imagesSeen: 0, iteration: 0 }, options);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0.2);
    expect(Math.max(...times)).toBeLessThanOrEqual(2);
    expect(() => ect.settle({ tMin: 3, tMax: 2 })).toThrow('tMin must be below tMax');
    expect(() => ect.settle({ rMin: 0.1 })).toThrow('rMin must be at most tMin');
  });
});

describe('the loss of the consistency function of a Gaussian', () => {
  const [MEAN, STD] = [0.2, 0.7];
  const shape = { imgResolution: 1, imgChannels: 2 };
  const teacher = new GaussianDenoiser({ ...shape, mean: MEAN, std: STD });
  /** f(x, t), the end of the path through x, which keeps the number of standard deviations that x is from the mean. */
  const f = (x: number, t: number) => MEAN + (STD / Math.hypot(STD, t)) * (x - MEAN);
  const exact = {
    ...shape,
    labelDim: 0,
    denoise: (x: tf.Tensor4D, sigma: tf.Tensor1D) => {
      const scale = tf.div(STD, tf.sqrt(tf.add(tf.square(sigma), STD ** 2)));
      return tf.add(MEAN, tf.mul(perImage(scale), tf.sub(x, MEAN)));
    },
  } as Partial<DenoiserNetwork> as DenoiserNetwork;
  const [images, noise, times] = [new Rng(1).normal(8), new Rng(2).normal(8), [0.3, 1, 3, 20]];

  function lossesOf(given: Partial<EctOptions>, share: number): number[] {
    const options = ect.settle(given);
    const student = new ConsistencyGenerator(exact, { initSigma: 80, boundary: 0 });
    const masks = [new MaskRng([0, 0]), new MaskRng([0, 0])];
    const tensor = (values: Float32Array) => tf.tensor4d(values, [4, 1, 1, 2]);
    const { losses } = ectStep.loss(
      {
        ...{ images: tensor(images), noise: tensor(noise), labels: undefined, augmentLabels: undefined, masks },
        draws: { t: tf.tensor1d(times) },
        schedule: { gapShare: tf.scalar(share) },
      },
      { teacher, student, averaged: student, copies: {}, modules: {}, perceptual: undefined },
      options,
    );
    return Array.from(losses.dataSync());
  }

  it.each([
    ['the norm over t - r', {}, 0.5, (norm: number, gap: number) => norm / gap],
    [
      'Huber’s, weighted by c_out',
      { c: 0.3, weighting: 'c_out_sq' } as const,
      0.1,
      (norm: number, _gap: number, t: number) => (Math.hypot(norm, 0.3) - 0.3) * (1 / t ** 2 + 4),
    ],
  ])('is known: %s', (_, options, share, weigh) => {
    const actual = lossesOf({ mapping: 'const', ...options }, share);
    times.forEach((t, i) => {
      const r = t * (1 - share);
      const difference = [0, 1].map((channel) => {
        const at = (time: number) => f(images[2 * i + channel]! + time * noise[2 * i + channel]!, time);
        return at(t) - at(r);
      });
      expect(actual[i]! / weigh(Math.hypot(...difference), t - r, t)).toBeCloseTo(1, 3);
    });
  });

  it('at r = 0 compares with the image itself', () => {
    const actual = lossesOf({ mapping: 'const' }, 1);
    times.forEach((t, i) => {
      const difference = [0, 1].map((channel) => {
        const y = images[2 * i + channel]!;
        return f(y + t * noise[2 * i + channel]!, t) - y;
      });
      expect(actual[i]! / (Math.hypot(...difference) / t)).toBeCloseTo(1, 4);
    });
  });

  it('nearly vanishes where a step of the teacher leads from t to r', () => {
    const total = (options: Partial<EctOptions>, share: number) =>
      lossesOf({ mapping: 'const', ...options }, share).reduce((sum, loss) => sum + loss);
    expect(total({ useCd: true }, 0.1)).toBeLessThan(total({ useCd: true }, 0.5) / 3);
    expect(total({ useCd: true }, 0.1)).toBeLessThan(total({}, 0.1) / 3);
  });
});

describe('a run of ECT', () => {
  it('reports the ratio of its stage, and the spread of the losses', async () => {
    const run = startStudent(ect, { stageKimg: 0.008, q: 4, ratioLimit: 0.95 });
    const stats = await steps(run, 0, 6);
    expect(stats.map(({ Ratio }) => Ratio)).toEqual(
      [0.75, 0.75, 0.9375, 0.9375, 0.95, 0.95].map((v) => expect.closeTo(v, 9)),
    );
    for (const { 'Loss/loss': loss } of stats) expect(loss).toMatchObject({ num: 4 });
  });

  it('trains the denoiser itself, and samples with the boundary', async () => {
    const run = startStudent(ect, {});
    const x = tf.tensor4d([0.5, -0.2], [1, 1, 1, 2]);
    const atBoundary = run.generator.consistency(x, tf.tensor1d([0.003]));
    expect(Array.from(atBoundary.dataSync())).toEqual([0.5, -0.2].map((v) => expect.closeTo(v, 5)));
    expect((await run.snapshot()).metadata.onestep).toContain('"boundary":0.003');
  });

  it('learns at a rate that falls with the root of the steps', async () => {
    const moved = async (lrDecaySteps: number | null) => {
      const run = startStudent(ect, { optimizer: 'adam', lrDecaySteps });
      const before = await run.student.module.stateDict();
      await run.step(99 * 4);
      const after = await run.student.module.stateDict();
      const [first] = Object.keys(after);
      return Math.abs((after[first!]!.data as Float32Array)[0]! - (before[first!]!.data as Float32Array)[0]!);
    };
    expect((await moved(11)) / (await moved(null))).toBeCloseTo(1 / 3, 3);
  });
});
