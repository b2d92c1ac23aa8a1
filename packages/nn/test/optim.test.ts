import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam, emaDecay, Linear, Parameter, updateEma } from '../src/index.js';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';

beforeAll(startTestBackend);

const parameter = (values: number[]) => new Parameter(tf.tensor1d(values));

describe('Adam', () => {
  it('follows the published formula', () => {
    const [beta1, beta2, epsilon, lr] = [0.9, 0.999, 1e-8, 0.01];
    const rng = new Rng(1);
    const start = [...rng.normal(6)];
    const trained = parameter(start);
    const adam = new Adam(new Map([['p', trained]]), { beta1, beta2, epsilon });
    const p = [...start];
    const m = p.map(() => 0);
    const v = p.map(() => 0);
    for (let step = 1; step <= 20; step++) {
      const grads = [...rng.normal(6)].map((g) => g * 10 ** (step % 4));
      adam.step([tf.tensor1d(grads)], lr);
      // Algorithm 1, Kingma & Ba 2015, in float64.
      grads.forEach((g, i) => {
        m[i] = beta1 * m[i]! + (1 - beta1) * g;
        v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
        p[i]! -= (lr * (m[i]! / (1 - beta1 ** step))) / (Math.sqrt(v[i]! / (1 - beta2 ** step)) + epsilon);
      });
    }
    trained.variable.dataSync().forEach((value, i) => expect(value).toBeCloseTo(p[i]!, 5));
  });

  it('treats NaN as no gradient and infinities as 1e5, and takes large finite gradients as they are', async () => {
    const trained = parameter([1, 1, 1, 1, 1]);
    const adam = new Adam(new Map([['p', trained]]));
    adam.step([tf.tensor1d([NaN, Infinity, -Infinity, 3e7, -1e5])], 0.1);
    [1, 0.9, 1.1, 0.9, 1.1].forEach((value, i) => expect(trained.variable.dataSync()[i]).toBeCloseTo(value, 5));
    const { 'exp_avg.p': first, 'exp_avg_sq.p': second } = await adam.stateDict();
    const used = [0, 1e5, -1e5, 3e7, -1e5];
    expect(
      relativeError(
        first!.data as Float32Array,
        used.map((g) => 0.1 * g),
      ),
    ).toBeLessThan(1e-6);
    expect(
      relativeError(
        second!.data as Float32Array,
        used.map((g) => 0.001 * g ** 2),
      ),
    ).toBeLessThan(1e-6);
    used.forEach((g, i) => expect(Number(first!.data[i])).toBeCloseTo(0.1 * g, -1));
  });

  it('continues from its state exactly', async () => {
    const run = async (interrupted: boolean) => {
      const trained = parameter([1, 2]);
      let adam = new Adam(new Map([['p', trained]]));
      for (let i = 0; i < 4; i++) {
        if (interrupted && i === 2) {
          const state = await adam.stateDict();
          adam = new Adam(new Map([['p', trained]]));
          adam.loadStateDict(state);
        }
        adam.step([tf.tensor1d([0.3 * i, -1])], 0.1);
      }
      return Array.from(trained.variable.dataSync());
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it('refuses a state that misses a parameter', async () => {
    const adam = new Adam(new Map([['p', parameter([1])]]));
    expect(() => adam.loadStateDict({ step: { shape: [1], data: Int32Array.of(1) } })).toThrow('no exp_avg.p');
  });

  it('changes nothing where the state is incomplete', async () => {
    const adam = new Adam(new Map([['p', parameter([1])]]));
    const partial = {
      step: { shape: [1], data: Int32Array.of(7) },
      'exp_avg.p': { shape: [1], data: Float32Array.of(3) },
    };
    expect(() => adam.loadStateDict(partial)).toThrow('no exp_avg_sq.p');
    const state = await adam.stateDict();
    expect([state.step!.data[0], state['exp_avg.p']!.data[0]]).toEqual([0, 0]);
  });

  it('takes undefined options for the defaults', () => {
    const trained = parameter([1]);
    const adam = new Adam(new Map([['p', trained]]), { beta1: undefined, infiniteGradient: undefined });
    adam.step([tf.tensor1d([1])], 0.1);
    expect(trained.variable.dataSync()[0]).toBeCloseTo(0.9, 5);
  });

  it('leaves no tensors behind', () => {
    const adam = new Adam(new Map([['p', parameter([1, 2])]]));
    const grad = tf.tensor1d([1, 1]);
    adam.step([grad], 0.1);
    const { numTensors } = tf.memory();
    adam.step([grad], 0.1);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe('EMA', () => {
  it('moves towards the source by 1 - beta', () => {
    const average = new Linear(1, 1, null);
    const source = new Linear(1, 1, null);
    source.weight.variable.assign(tf.tensor2d([[8]]));
    updateEma(average, source, 0.75);
    expect(average.weight.variable.dataSync()[0]).toBe(2);
    updateEma(average, source, 0);
    expect(average.weight.variable.dataSync()[0]).toBe(8);
  });

  it('halves the share of old weights in a half-life', () => {
    expect(emaDecay(500, 500, 1e9)).toBeCloseTo(0.5, 12);
    expect(emaDecay(250, 500, 1e9) ** 2).toBeCloseTo(0.5, 12);
  });

  it('ramps up: at first it copies', () => {
    expect(emaDecay(128, 500_000, 0)).toBe(0);
    expect(emaDecay(100, 500_000, 2000, 0.05)).toBeCloseTo(0.5, 12);
    expect(emaDecay(100, 100, 0, null)).toBeCloseTo(0.5, 12);
  });
});
