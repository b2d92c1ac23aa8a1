import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { kd, type KdOptions } from '@onestep/kd';
import {
  DenoiserGenerator,
  GaussianDenoiser,
  GuidanceLabels,
  NetworkGenerator,
  readGeneratorRecord,
  shufflePairs,
  withScaleInput,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { relativeError } from '../../../test-support/fixtures.js';
import { images, network, pairsOf, start, steps } from './kd.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** Every option that computes something more. */
const FULL: Partial<KdOptions> = { loss: 'pseudo-huber', warmup: 3, weightDecay: 0.1, clipGradNorm: 0.1 };

describe('KdDistillation', () => {
  it('starts as the teacher in one step from the highest noise level, and says how far it is from the pairs', async () => {
    const run = await start({ batch: 6 });
    const teacher = network();
    const pairs = await (await pairsOf(teacher, 6)).read([0, 1, 2, 3, 4, 5]);
    const x = new DenoiserGenerator(teacher, 80).generate(
      tf.tensor4d(pairs.noise, [6, 2, 2, 1]),
      tf.tensor2d(pairs.labels!, [6, 3]),
    );
    const squares = tf.mean(tf.squaredDifference(x, tf.tensor4d(pairs.images, x.shape))).dataSync()[0]!;
    const [first] = await steps(run, 0, 1);
    expect(Number(first!['G_Loss/loss']) / (squares / 2)).toBeCloseTo(1, 4);
    expect(Number(first!.Pair_error) / Math.sqrt(squares)).toBeCloseTo(1, 4);
    expect(first!.NaN_samples).toBe(0);
  });

  it('resumes bit by bit, and is the same in micro-batches', async () => {
    const whole = await start(FULL);
    const expected = await steps(whole, 0, 4);
    const first = await start(FULL);
    await steps(first, 0, 2);
    const second = await start(FULL);
    const { tensors, values } = await first.state();
    await expect(second.restore({ tensors, values: { ...values, method: 'sid' } })).rejects.toThrow(
      'saved by sid, not kd: resume a run with the method that trained it',
    );
    await second.restore({ tensors, values: JSON.parse(JSON.stringify(values)) as typeof values });
    expect(await steps(second, 2, 4)).toEqual(expected.slice(2));
    expect(images(second)).toEqual(images(whole));

    const split = await start({ ...FULL, batchGpu: 2 });
    await steps(split, 0, 4);
    expect(relativeError(images(split), images(whole))).toBeLessThan(1e-4);
  });

  it('refuses a student that takes scales of guidance, with a way out that it has', async () => {
    const generator = new NetworkGenerator(withScaleInput(network(), new GuidanceLabels([1, 4], 3)), 80);
    const pairs = shufflePairs(await pairsOf(network(), 2), 1);
    expect(() => kd.create({ teacher: network(), generator, pairs, options: { batch: 2 } })).toThrow(
      'takes scales of guidance from 1 to 4, and this training has none: begin with another generator.',
    );
  });

  it('with a warm-up learns nothing in the first step', async () => {
    const run = await start({ warmup: 2, weightDecay: 0.1 });
    const before = images(run);
    await steps(run, 0, 1);
    expect(images(run)).toEqual(before);
    await steps(run, 1, 2);
    expect(images(run)).not.toEqual(before);
  });

  it('writes a generator with its noise level and the labels of the pairs', async () => {
    const teacher = network();
    const labels = { kind: 'classes', frequencies: [0, 1, 0] } as const;
    const pairs = Object.assign(shufflePairs(await pairsOf(teacher, 4), 0), { labels });
    const run = kd.create({ teacher, pairs, options: { batch: 2 } });
    const { metadata } = await run.snapshot();
    const { generator, settings } = readGeneratorRecord(metadata);
    expect(generator).toEqual({ initSigma: 80, method: 'kd' });
    expect(settings.labels).toEqual(labels);
  });

  it('compares with a distance of the caller, which may be perceptual', async () => {
    const teacher = network();
    const set = await pairsOf(teacher, 4);
    const pairs = () => shufflePairs(set, 0);
    const twice = (a: tf.Tensor4D, b: tf.Tensor4D) =>
      tf.mul(tf.mean(tf.squaredDifference(a, b), [1, 2, 3]), 2) as tf.Tensor1D;
    const losses = [
      kd.create({ teacher, pairs: pairs(), options: { batch: 4, loss: 'l2' } }),
      kd.create({ teacher, pairs: pairs(), options: { batch: 4, loss: twice } }),
      kd.create({ teacher, pairs: pairs(), perceptual: twice, options: { batch: 4, loss: 'lpips' } }),
    ].map(async (run) => Number((await steps(run, 0, 1))[0]!['G_Loss/loss']));
    const [l2, own, perceptual] = await Promise.all(losses);
    expect(own! / l2!).toBeCloseTo(4, 4);
    expect(perceptual).toBe(own);
    const without = { teacher, pairs: pairs(), options: { loss: 'lpips' as const } };
    expect(() => kd.create(without)).toThrow('pass `perceptual`');
  });

  it('refuses to start without pairs, with pairs of other images, and with further pairs', async () => {
    const teacher = network();
    expect(() => kd.create({ teacher })).toThrow('pass `pairs`');
    const other = new GaussianDenoiser({ imgResolution: 4, imgChannels: 1, mean: 0, std: 1 });
    const pairs = shufflePairs(await pairsOf(other, 2), 0);
    expect(() => kd.create({ teacher, pairs })).toThrow(
      'The pairs are 4x4x1 images of 0 classes, and the teacher makes 2x2x1 images of 3 classes',
    );
    const own = shufflePairs(await pairsOf(teacher, 2), 0);
    expect(() => kd.create({ teacher, pairs: own, regression: { pairs: own } })).toThrow('leave `regression` out');
    const two = new MlpDenoiser({ imgResolution: 2, imgChannels: 1, labelDim: 2, hidden: 4, sigmaData: 1 }, new Rng(1));
    const generator = new NetworkGenerator(two, 2.5);
    expect(() => kd.create({ teacher, generator, pairs: own })).toThrow('2x2x1 images of 2 classes');
  });

  it('counts pairs that are NaN, and loses nothing by them', async () => {
    const shape = { imgResolution: 1, imgChannels: 1, labelDim: 0 };
    const teacher = new GaussianDenoiser({ ...shape, mean: 0, std: 1 });
    const set = await pairsOf(teacher, 4);
    const broken = Object.assign(Object.create(set) as typeof set, {
      read: async (indices: ArrayLike<number>) => {
        const batch = await set.read(indices);
        batch.images[0] = NaN;
        return batch;
      },
    });
    const generator = new NetworkGenerator(new MlpDenoiser({ ...shape, hidden: 4, sigmaData: 1 }), 80);
    const run = kd.create({ teacher, generator, pairs: shufflePairs(broken, 0), options: { batch: 4 } });
    const [stats] = await steps(run, 0, 1);
    expect(stats!.NaN_samples).toBe(1);
    expect(Number.isFinite(stats!['G_Loss/loss'])).toBe(true);
    expect(await run.isAlive()).toBe(true);
  });
});
