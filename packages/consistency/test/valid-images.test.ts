import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cd,
  ct,
  ect,
  ict,
  keepValid,
  pd,
  scm,
  tcm,
  tract,
  type RealImages,
  type StudentTraining,
} from '@onestep/consistency';
import { meanOf, type Method, type TrainableGenerator } from '@onestep/diffusion-core';
import { RandomImages } from '../../../test-support/given-data.js';
import { network, startStudent, steps, weightsOf } from './support/students.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

it('images that are no numbers are 0 with their targets, and so are their gradients; the others keep every bit', () => {
  const images = (values: number[]) => tf.tensor4d(values, [values.length, 1, 1, 1]);
  const [a, b] = [images([1, NaN, 3, 4]), images([2, 5, Infinity, 0.5])];
  const gap = (x: tf.Tensor4D) => {
    const { predicted, target } = keepValid(x, b);
    return tf.sum<tf.Scalar>(tf.square(tf.sub(predicted, target)));
  };
  const { predicted, target, valid } = keepValid(a, b);
  expect([...predicted.dataSync()]).toEqual([1, 0, 0, 4]);
  expect([...target.dataSync()]).toEqual([2, 0, 0, 0.5]);
  expect([...valid.dataSync()]).toEqual([1, 0, 0, 1]);
  expect([
    ...tf
      .grad(gap as (x: tf.Tensor) => tf.Tensor)(a)
      .dataSync(),
  ]).toEqual([-2, 0, 0, 7]);
});

/** Real images of which the first is NaN. */
class OneBroken extends RandomImages {
  override async next() {
    const batch = await super.next();
    const images = Float32Array.from(batch.images);
    images[0] = NaN;
    return { ...batch, images } as never;
  }
}

describe.each([cd, ct, ect, ict, pd, scm, tcm, tract].map((method) => [method.name, method as Method] as const))(
  '%s',
  (_, method) => {
    it('counts an image that is NaN, and averages the others', async () => {
      const data = new OneBroken(network(), 4);
      const run = method.create({ teacher: network(), data, options: { batch: 4, lr: 1e-2, seed: 1 } } as never);
      const [stats] = await steps(run, 0, 1);
      expect(stats!.NaN_samples).toBe(1);
      for (const value of Object.values(stats!)) expect(meanOf(value)).not.toBeNaN();
      expect((await weightsOf((run.student as TrainableGenerator).module)).every(Number.isFinite)).toBe(true);
    });
  },
);

it('an image whose target is NaN costs the others nothing', async () => {
  const teacher = network();
  const denoise = teacher.denoise.bind(teacher);
  teacher.denoise = (x, sigma, conditions) => {
    const isFirst = tf.equal(tf.reshape(tf.range(0, x.shape[0]), [-1, 1, 1, 1]), 0);
    return tf.where(isFirst, NaN, denoise(x, sigma, conditions));
  };
  const data = new RandomImages(teacher, 4);
  const run = cd.create({ teacher, data, options: { batch: 4, lr: 1e-2, seed: 1 } });
  const [stats] = await steps(run, 0, 1);
  expect([stats!.NaN_samples, Number.isFinite(stats!['Loss/loss'])]).toEqual([1, true]);
  const [before, after] = [await weightsOf(network().module), await weightsOf(run.student.module)];
  expect(after.every(Number.isFinite)).toBe(true);
  expect(after).not.toEqual(before);
});

it('a batch without a valid image is NaN in every average, and 0 in none', async () => {
  const run = startStudent(ect as never, { seed: 1 }) as unknown as StudentTraining<never, never>;
  const draws = (run as unknown as { random: { next(progress: object): never } }).random.next({
    imagesSeen: 0,
    iteration: 0,
  });
  const real: RealImages = { pixels: new Float32Array(8).fill(NaN), labels: null };
  const stats = await run.stepWith({ imagesSeen: 0, iteration: 0 }, real, draws);
  expect(stats).toMatchObject({ NaN_samples: 4, Target_distance: NaN });
  expect(stats['Loss/loss']).toMatchObject({ num: 0 });
});
