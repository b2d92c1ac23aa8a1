import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '@onestep/checkpoint/node';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';
import { Parameter, RAdam } from '../src/index.js';
import { rectificationOf } from '../src/optim/radam.js';

beforeAll(startTestBackend);

// Ten steps of torch.optim.RAdam (PyTorch 2.15, float32) with three settings: `<run>.grad.<i>` gives `<run>.after.<i>`.
const { tensors, metadata } = await readSafetensors(fileURLToPath(new URL('data/radam.safetensors', import.meta.url)));
const RUNS = JSON.parse(metadata.runs!) as Record<
  string,
  { betas: [number, number]; eps: number; lr: number; weight_decay: number }
>;

const matrix = (name: string) => tf.tensor2d(tensors[name]!.data as Float32Array, tensors[name]!.shape as [7, 5]);

describe('RAdam', () => {
  it.each(Object.keys(RUNS))('has the parameters of PyTorch after each of ten steps, run %s', (run) => {
    const { betas, eps: epsilon, lr, weight_decay: weightDecay } = RUNS[run]!;
    const trained = new Parameter(matrix(`${run}.initial`));
    const options = { beta1: betas[0], beta2: betas[1], epsilon, weightDecay };
    const radam = new RAdam(new Map([['p', trained]]), options);
    for (let step = 0; step < 10; step++) {
      radam.step([matrix(`${run}.grad.${step}`)], lr);
      const expected = tensors[`${run}.after.${step}`]!.data as Float32Array;
      expect(relativeError(trained.variable.dataSync(), expected), `step ${step + 1}`).toBeLessThan(1e-6);
    }
  });

  it('rectifies from the sixth step on, with the published factors', () => {
    for (const step of [1, 2, 3, 4, 5]) expect(rectificationOf(0.999, step)).toBeNull();
    expect(rectificationOf(0.999, 6)).toBeCloseTo(0.02582111, 7);
    expect(rectificationOf(0.999, 100)).toBeCloseTo(0.2153354, 6);
    expect(rectificationOf(0.999, 1e6)).toBeCloseTo(1, 6);
  });

  it.each([1e-20, 1, 1e6])('takes a step of momentum alone while it does not rectify, gradient %d', (g) => {
    const trained = new Parameter(tf.tensor1d([0, 0]));
    const radam = new RAdam(new Map([['p', trained]]));
    radam.step([tf.tensor1d([g, -g])], 0.1);
    expect(relativeError(trained.variable.dataSync(), [-0.1 * g, 0.1 * g])).toBeLessThan(1e-6);
    // m of two equal gradients, corrected for its bias, is the gradient.
    radam.step([tf.tensor1d([g, -g])], 0.1);
    expect(relativeError(trained.variable.dataSync(), [-0.2 * g, 0.2 * g])).toBeLessThan(1e-6);
  });

  it('treats NaN as no gradient and infinities as 1e5', () => {
    const trained = new Parameter(tf.tensor1d([1, 1, 1]));
    new RAdam(new Map([['p', trained]])).step([tf.tensor1d([NaN, Infinity, -Infinity])], 1e-5);
    [1, 0, 2].forEach((value, i) => expect(trained.variable.dataSync()[i]).toBeCloseTo(value, 5));
  });

  it('refuses an epsilon of 0', () => {
    expect(() => new RAdam(new Map(), { epsilon: 0 })).toThrow('RAdam takes an epsilon above 0, not 0.');
  });
});
