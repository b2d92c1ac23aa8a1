import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { PathGenerator, pd, phaseAt, stepTo, twoStepTarget } from '@onestep/consistency';
import { GaussianDenoiser, karrasSigma } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { relativeError } from '../../../../test-support/fixtures.js';
import { describeMethodValue } from '../../../../test-support/method-value.js';
import { stepLevels } from '../../src/progressive/step.js';
import { savedState, startStudent, steps, weightsOf } from '../support/students.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

describeMethodValue(pd);

const teacher = new GaussianDenoiser({ imgResolution: 1, imgChannels: 2, mean: 0.2, std: 0.7 });

/** Two phases of two steps of the training each, and a last one. */
const OPTIONS = { startSteps: 8, endSteps: 2, phaseKimg: 0.008, optimizer: 'adam' };

describe('the target of progressive distillation', () => {
  it.each([
    ['the first of 4', 4, 0],
    ['the last of 4', 4, 3],
    ['the only one', 1, 0],
    ['the first of 1024', 1024, 0],
  ])('makes one step the teacher’s two: %s', (_, count, i) => {
    const [start, middle, end] = [0, 0.5, 1].map((share) => tf.fill([3], karrasSigma((i + share) / count)));
    const levels = { start: start!, middle: middle!, end: end! } as Record<'start' | 'middle' | 'end', tf.Tensor1D>;
    const x = tf.mul(tf.tensor4d(new Rng(1).normal(6), [3, 1, 1, 2]), karrasSigma(i / count)) as tf.Tensor4D;
    const halfway = stepTo(x, teacher.denoise(x, levels.start), levels.start, levels.middle);
    const reached = stepTo(halfway, teacher.denoise(halfway, levels.middle), levels.middle, levels.end);
    const target = twoStepTarget(x, levels, (xt, sigma) => teacher.denoise(xt, sigma));
    const one = stepTo(x, target, levels.start, levels.end);
    expect(relativeError(one.dataSync(), reached.dataSync())).toBeLessThan(1e-6);
  });
});

describe('the phases', () => {
  it('halve the steps; those of two steps and one are twice as long', () => {
    const options = { startSteps: 4, endSteps: 1, phaseKimg: 1 };
    const phases = [0, 999, 1000, 2000, 2999, 3000, 9000].map((imagesSeen) => {
      const { index, steps: count, share } = phaseAt({ imagesSeen, iteration: 0 }, options);
      return [index, count, share];
    });
    expect(phases).toEqual([
      [0, 4, 0],
      [0, 4, 0.999],
      [1, 2, 0],
      [1, 2, 0.5],
      [1, 2, 0.9995],
      [2, 1, 0],
      [2, 1, 1],
    ]);
    expect(() => pd.settle({ startSteps: 12 })).toThrow('startSteps must be endSteps times a power of 2');
  });

  it('draw every step of their own grid', () => {
    const options = pd.settle({ startSteps: 4, phaseKimg: 1 });
    const starts = (imagesSeen: number) => {
      const levels = stepLevels.draw(new Rng(1), 60, { imagesSeen, iteration: 0 }, options);
      return [...new Set(levels.filter((_, i) => i % 3 === 0))].sort((a, b) => b - a);
    };
    const grid = (count: number) => Array.from({ length: count }, (_, i) => Math.fround(karrasSigma(i / count)));
    expect(starts(0)).toEqual(grid(4));
    expect(starts(1000)).toEqual(grid(2));
    expect(starts(3000)).toEqual(grid(1));
  });
});

describe('a run of progressive distillation', () => {
  it('begins each phase with the student as the teacher, and a rate that falls to 0', async () => {
    const run = startStudent(pd, OPTIONS);
    const original = await weightsOf(run.student.module);
    const stats = await steps(run, 0, 2);
    expect(await weightsOf(run.networks.copies.teacher!.module)).toEqual(original);
    const taught = await weightsOf(run.student.module);
    stats.push(...(await steps(run, 2, 3)));
    expect(await weightsOf(run.networks.copies.teacher!.module)).toEqual(taught);
    stats.push(...(await steps(run, 3, 9)));
    expect(stats.map(({ Steps }) => Steps)).toEqual([8, 8, 4, 4, 2, 2, 2, 2, 2]);
    const last = await weightsOf(run.student.module);
    await steps(run, 9, 10);
    expect(await weightsOf(run.student.module)).toEqual(last);
  });

  it('resumes bit by bit across the change of phases', async () => {
    const whole = startStudent(pd, OPTIONS);
    const expected = await steps(whole, 0, 5);
    for (const stop of [2, 3]) {
      const first = startStudent(pd, OPTIONS);
      await steps(first, 0, stop);
      const second = startStudent(pd, { ...OPTIONS, seed: 7 });
      await second.restore(await savedState(first));
      expect(await steps(second, stop, 5)).toEqual(expected.slice(stop));
      expect(await weightsOf(second.student.module)).toEqual(await weightsOf(whole.student.module));
    }
  });
});

describe('a generator along a path', () => {
  it('in many steps ends where the path of a Gaussian does, without noise', () => {
    const generator = new PathGenerator(teacher, { initSigma: 80, gridPoints: null });
    const z = tf.tensor4d(new Rng(3).normal(4), [2, 1, 1, 2]);
    const images = generator.generateInSteps(z, generator.noiseLevels(200), []).dataSync();
    const exact = z.dataSync().map((value) => 0.2 + (0.7 / Math.hypot(0.7, 80)) * (80 * value - 0.2));
    expect(relativeError(images, exact)).toBeLessThan(0.02);
    const one = generator.generateInSteps(z, generator.noiseLevels(1), []).dataSync();
    expect(one).toEqual(generator.generate(z).dataSync());
  });

  it('picks levels from the table of its training', () => {
    const generator = new PathGenerator(teacher, { initSigma: 80, gridPoints: 40 });
    expect(generator.noiseLevels(2)).toEqual([80, expect.closeTo(karrasSigma(20 / 39), 10)]);
    expect(() => generator.noiseLevels(3)).toThrow('choose a number that divides it, not 3');
    expect(() => generator.noiseLevels(0)).toThrow('integer from 1');
  });
});
