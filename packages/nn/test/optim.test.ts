import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  Adam,
  compileStep,
  emaDecay,
  LARGEST_SIGMA_REL,
  Linear,
  lossAndGrads,
  Parameter,
  powerEmaDecay,
  powerEmaExponent,
  updateEma,
  type AdamRates,
} from '../src/index.js';
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

describe('AdamW', () => {
  it('shrinks the parameters by learning rate times weight decay, then takes the step of Adam', () => {
    const [beta1, beta2, epsilon, lr, weightDecay] = [0, 0.999, 1e-8, 0.01, 0.3];
    const rng = new Rng(1);
    const start = [...rng.normal(6)];
    const trained = parameter(start);
    const adam = new Adam(new Map([['p', trained]]), { beta1, beta2, epsilon, weightDecay });
    const p = [...start];
    const v = p.map(() => 0);
    for (let step = 1; step <= 20; step++) {
      const grads = [...rng.normal(6)].map((g) => g * 10 ** (step % 4));
      adam.step([tf.tensor1d(grads)], lr);
      // Algorithm 2, Loshchilov & Hutter 2019, with eta = 1 and beta1 = 0, in float64.
      grads.forEach((g, i) => {
        v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
        p[i] = p[i]! - lr * weightDecay * p[i]! - (lr * g) / (Math.sqrt(v[i]! / (1 - beta2 ** step)) + epsilon);
      });
    }
    trained.variable.dataSync().forEach((value, i) => expect(value).toBeCloseTo(p[i]!, 5));
  });

  it('leaves a parameter without a gradient as it is, but not one whose gradient is 0', async () => {
    const parameters = new Map(['present', 'absent', 'zero'].map((name) => [name, parameter([2])] as const));
    const adam = new Adam(parameters, { weightDecay: 0.5 });
    const ones = [1, 1, 1].map((g) => tf.tensor1d([g]));
    adam.step(ones, 0);
    const { 'exp_avg.absent': before } = await adam.stateDict();
    expect(before!.data[0]).toBeCloseTo(0.1, 6);
    adam.step([1, 0, 0].map((g) => tf.tensor1d([g])), 0.1, [false, true, false]); // prettier-ignore
    const values = [...parameters.values()].map(({ variable }) => variable.dataSync()[0]!);
    // 2 (1 - 0.1 * 0.5) - 0.1 m / sqrt(v): with m and v corrected, 1 for a constant gradient.
    expect(values[0]).toBeCloseTo(1.9 - 0.1, 6);
    expect(values[1]).toBe(2);
    const [m, v] = [(0.9 * 0.1) / (1 - 0.9 ** 2), (0.999 * 0.001) / (1 - 0.999 ** 2)];
    expect(values[2]).toBeCloseTo(1.9 - (0.1 * m) / Math.sqrt(v), 6);
    const state = await adam.stateDict();
    expect(state['exp_avg.absent']).toEqual(before);
    expect(state['exp_avg.zero']!.data[0]).toBeCloseTo(0.09, 6);
  });

  it('takes the same steps where an engine replays them, with large parameters too', () => {
    const train = (compile: boolean) => {
      const rng = new Rng(7);
      const shapes = [[2, 3], [300, 256], [4]]; // The engine updates large ones in another way; the last has no gradient.
      const parameters = shapes.map(
        (shape) => new Parameter(tf.tensor(rng.normal(tf.util.sizeFromShape(shape)), shape)),
      );
      const adam = new Adam(new Map(parameters.map((each, i) => [`p${i}`, each])), { beta1: 0.5, weightDecay: 0.1 });
      const [small, large] = parameters as [Parameter, Parameter];
      const step = ({ rates }: { rates: AdamRates }) => {
        const { loss, grads, absent } = lossAndGrads(() => {
          const squares = [small, large].map(({ variable }) => tf.sum(tf.pow(variable, 4)));
          return { loss: tf.addN(squares) as tf.Scalar, aux: {} };
        }, parameters);
        adam.update(grads, rates, absent);
        return { loss: tf.add(loss, 0) };
      };
      const run = compile ? compileStep(step) : (inputs: { rates: AdamRates }) => tf.tidy(() => step(inputs));
      const losses = [0.1, 0.01, 0.02, 0.1].map((lr) => {
        const rates = adam.nextRates(lr);
        const { loss } = run({ rates });
        return loss.dataSync()[0];
      });
      return { losses, values: parameters.map(({ variable }) => variable.dataSync()) };
    };
    expect(train(true)).toEqual(train(false));
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

  it('of a power function: gamma follows from the relative width', () => {
    // Karras et al. 2024, section 3.1: the two averages that they store.
    expect(powerEmaExponent(0.05)).toBeCloseTo(16.97, 2);
    expect(powerEmaExponent(0.1)).toBeCloseTo(6.94, 2);
    expect(powerEmaExponent(LARGEST_SIGMA_REL)).toBeCloseTo(0, 6);
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: LARGEST_SIGMA_REL, noNaN: true }), (sigmaRel) => {
        const gamma = powerEmaExponent(sigmaRel);
        // The standard deviation of the density (gamma + 1) t^gamma on [0, 1].
        const width = Math.sqrt((gamma + 1) / (gamma + 3)) / (gamma + 2);
        expect(Math.abs(width / sigmaRel - 1)).toBeLessThan(1e-9);
      }),
    );
    expect(() => powerEmaExponent(0.3)).toThrow('sigmaRel must be above 0 and at most 0.2887, not 0.3.');
  });

  it('of a power function: starts with the first weights, and is their mean for gamma = 0', () => {
    expect(powerEmaDecay(64, 0, 7)).toBe(0);
    let mean = 0;
    for (let step = 1; step <= 10; step++) {
      const beta = powerEmaDecay(8, 8 * (step - 1), 0);
      mean = beta * mean + (1 - beta) * step;
    }
    expect(mean).toBeCloseTo(5.5, 12);
  });
});
