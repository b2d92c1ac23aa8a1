import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { guidedTeacher } from '@onestep/boot';
import { GaussianMixtureDenoiser, GuidanceLabels } from '@onestep/diffusion-core';

beforeAll(async () => void (await tf.setBackend('cpu')));

const teacher = new GaussianMixtureDenoiser({
  imgResolution: 1,
  imgChannels: 1,
  means: [[-1], [1]],
  std: 0.5,
  classes: [0, 1],
});
const x = () => tf.tensor4d([0.3, 0.3], [2, 1, 1, 1]);
const SIGMA = [0.8, 0.8];
const labels = () => tf.tensor2d([1, 0, 0, 1], [2, 2]);

describe('guidedTeacher', () => {
  it('is the conditional teacher without guidance and with scale 1, the unconditional one with scale 0', () => {
    const f = (guidance?: number[]) => {
      const conditions = { labels: labels(), guidance: guidance && tf.tensor1d(guidance) };
      return [...guidedTeacher(teacher, conditions)(x(), tf.tensor1d(SIGMA)).dataSync()];
    };
    const [a, b] = f();
    const whole = teacher.denoise(x(), tf.tensor1d(SIGMA)).dataSync()[0]!;
    f([1, 0]).forEach((value, i) => expect(value).toBeCloseTo([a!, whole][i]!, 5));
    // f_null + w (f_c - f_null), with a scale of its own for each image
    f([3, 1.5]).forEach((value, i) => expect(value).toBeCloseTo([3 * a! - 2 * whole, 1.5 * b! - 0.5 * whole][i]!, 5));
  });
});

describe('GuidanceLabels', () => {
  it('add nothing at first, and then any function of the scale', () => {
    const guidance = new GuidanceLabels([1, 4], 2);
    const at = (...scales: number[]) => [...guidance.forward(labels(), tf.tensor1d(scales)).dataSync()];
    expect(at(1, 3.3)).toEqual([1, 0, 0, 1]);
    // cos(pi u) for the second label: 1 at the lowest scale, 0 in the middle, -1 at the highest.
    const weight = new Float32Array(16);
    weight[3] = 1;
    guidance.weight.upload({ shape: [8, 2], data: weight });
    at(1, 4).forEach((value, i) => expect(value).toBeCloseTo([1, 1, 0, 0][i]!, 6));
    at(2.5, 2.5).forEach((value, i) => expect(value).toBeCloseTo([1, 0, 0, 1][i]!, 6));
  });
});
