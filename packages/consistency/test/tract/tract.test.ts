import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { levelsAt, noiseTable, stepTo, tract, tractTarget } from '@onestep/consistency';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { relativeError } from '../../../../test-support/fixtures.js';
import { describeMethodValue } from '../../../../test-support/method-value.js';
import { savedState, startStudent, steps, weightsOf } from '../support/students.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

describeMethodValue(tract);

const shape = { imgResolution: 1, imgChannels: 2 };
const teacher = new GaussianDenoiser({ ...shape, mean: 0.1, std: 0.4 });
const selfTeacher = new GaussianDenoiser({ ...shape, mean: -0.2, std: 0.2 });
const TABLE = noiseTable(8, 80);

describe('the noise levels of TRACT', () => {
  it('rise from 0 and 0.002 to the highest', () => {
    expect(TABLE).toHaveLength(9);
    expect([TABLE[0], TABLE[1], TABLE[8]]).toEqual([0, expect.closeTo(0.002, 12), expect.closeTo(80, 8)]);
    expect([...TABLE].sort((a, b) => a - b)).toEqual(TABLE);
  });

  it('are one step of the teacher apart, and end where the student’s step does', () => {
    const at = (index: number, semi: number) => levelsAt(TABLE, 4, index, semi).map((level) => TABLE.indexOf(level));
    expect([at(8, 0), at(8, 3), at(4, 0), at(4, 2), at(4, 3)]).toEqual([
      [8, 7, 4],
      [5, 4, 4],
      [4, 3, 0],
      [2, 1, 0],
      [1, 1, 0],
    ]);
  });

  it('are named by a schedule of two whole numbers, the second a divisor', () => {
    for (const timeSchedule of [[40], [40, 3], [40, 1, 1], [1, 1], [4.5, 1]]) {
      expect(() => tract.settle({ timeSchedule }), String(timeSchedule)).toThrow('such as 40,1');
    }
    expect(tract.settle({ timeSchedule: [40, 2] }).timeSchedule).toEqual([40, 2]);
  });
});

describe('the target of TRACT', () => {
  /** The levels of three images, and images with that noise. */
  function points(index: number, semi: number) {
    const values = levelsAt(TABLE, 4, index, semi);
    const [s0, s1, s2] = values.map((level) => tf.fill([3], level) as tf.Tensor1D) as [
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    const x = tf.mul(tf.tensor4d(new Rng(1).normal(6), [3, 1, 1, 2]), values[0]!) as tf.Tensor4D;
    const target = tractTarget(
      x,
      { s0, s1, s2 },
      (xt, sigma) => teacher.denoise(xt, sigma),
      (xt, sigma) => selfTeacher.denoise(xt, sigma),
    );
    return { x, s0, s1, s2, values, target };
  }

  /** A step of Heun's method for the Gaussian, number by number. */
  function heun(x: number, from: number, to: number): number {
    const slope = (value: number, sigma: number) =>
      (value - 0.1 - (0.16 / (0.16 + sigma ** 2)) * (value - 0.1)) / sigma;
    const first = slope(x, from);
    return x + ((to - from) * (first + slope(x + (to - from) * first, to))) / 2;
  }

  it.each([
    ['far from the end', 8, 0],
    ['in the lowest step of the student', 4, 1],
  ])('makes one step of the student one of the teacher and one of the self-teacher: %s', (_, index, semi) => {
    const { x, s0, s1, s2, values, target } = points(index, semi);
    const halfway = tf.tensor4d(
      x.dataSync().map((value) => heun(value, values[0]!, values[1]!)),
      [3, 1, 1, 2],
    );
    const image = tf.clipByValue(selfTeacher.denoise(halfway, s1), -1, 1);
    const reached = stepTo(halfway, image, s1, s2);
    expect(relativeError(stepTo(x, target, s0, s2).dataSync(), reached.dataSync())).toBeLessThan(2e-5);
  });

  it('needs no self-teacher for the last step of the teacher', () => {
    const { x, s0, s2, values, target } = points(8, 3);
    const reached = x.dataSync().map((value) => heun(value, values[0]!, values[1]!));
    expect(relativeError(stepTo(x, target, s0, s2).dataSync(), reached)).toBeLessThan(2e-5);
  });

  it('is the teacher’s image at the lowest level', () => {
    const { x, s0, target } = points(4, 3);
    expect(target.dataSync()).toEqual(teacher.denoise(x, s0).dataSync());
  });
});

describe('a run of TRACT', () => {
  const OPTIONS = { timeSchedule: [8, 2], emaResidual: 0.1, phaseKimg: 0.012, optimizer: 'adam' };

  it('averages the weights after each step, without the first ones, for the self-teacher and the generator', async () => {
    const run = startStudent(tract, OPTIONS);
    const history: number[][] = [];
    for (let i = 0; i < 3; i++) {
      await steps(run, i, i + 1);
      history.push(await weightsOf(run.student.module));
    }
    const average = (beta: number) =>
      history[0]!.map((_, at) => {
        const shares = history.map((__, n) => beta ** (history.length - 1 - n));
        const total = shares.reduce((sum, share) => sum + share);
        return history.reduce((sum, weights, n) => sum + (weights[at]! * shares[n]!) / total, 0);
      });
    const own = await weightsOf(run.networks.copies.selfTeacher!.module);
    expect(relativeError(own, average(0.5))).toBeLessThan(1e-6);
    // 0.1 is left after 12 images, three steps.
    expect(relativeError(await weightsOf(run.generator.module), average(0.1 ** (1 / 3)))).toBeLessThan(1e-6);
  });

  it('has one kind of average', () => {
    expect(() => tract.settle({ emaResidual: 0.1, emaMu: 0.9 })).toThrow('emaResidual and emaMu exclude each other');
  });

  it('resumes bit by bit', async () => {
    const whole = startStudent(tract, OPTIONS);
    const expected = await steps(whole, 0, 4);
    const first = startStudent(tract, OPTIONS);
    await steps(first, 0, 2);
    const second = startStudent(tract, { ...OPTIONS, seed: 7 });
    await second.restore(await savedState(first));
    expect(await steps(second, 2, 4)).toEqual(expected.slice(2));
    expect(await weightsOf(second.generator.module)).toEqual(await weightsOf(whole.generator.module));
  });
});
