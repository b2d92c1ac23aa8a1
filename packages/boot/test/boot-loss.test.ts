import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { bootstrapLoss, bootstrapTarget, bootstrapWeight, boundaryLoss, DISTANCES } from '@onestep/boot';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const SHAPE: [number, number, number, number] = [2, 2, 2, 1];
const [MEAN, STD] = [0.4, 0.5];
const gaussian = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: MEAN, std: STD });
const denoised = (x: number, sigma: number) => MEAN + (STD ** 2 / (STD ** 2 + sigma ** 2)) * (x - MEAN);

const level = fc.double({ min: 0.05, max: 20, noNaN: true });

describe('bootstrapTarget', () => {
  it.each(['ddim', 'heun', 'exponential-heun'] as const)('is a step of the solver %s from the student', (solver) => {
    fc.assert(
      fc.property(fc.nat(1000), level, fc.double({ min: 0.1, max: 0.99, noNaN: true }), (seed, sigma, r) => {
        const rng = new Rng(seed);
        const [eps, y] = [rng.normal(8), rng.normal(8)];
        const { target, f } = bootstrapTarget({
          y: tf.tensor4d(y, SHAPE),
          teacher: (x, s) => gaussian.denoise(x, s),
          eps: tf.tensor4d(eps, SHAPE),
          sigmaT: tf.fill([2], sigma),
          sigmaS: tf.fill([2], r * sigma),
          solver,
        });
        const [targets, predictions] = [target.dataSync(), f.dataSync()];
        y.forEach((yt, i) => {
          const d = denoised(yt + sigma * eps[i]!, sigma);
          const euler = yt + (1 - r) * (d - yt);
          const atS = denoised(euler + r * sigma * eps[i]!, r * sigma);
          const h = -Math.log(r);
          const exponential = r * yt + (1 - r) * d + (1 - (1 - r) / h) * (atS - d);
          const heun = yt + ((r - 1) * sigma * ((yt - d) / sigma + (euler - atS) / (r * sigma))) / 2;
          const close = (actual: number, expected: number) =>
            expect(Math.abs(actual - expected)).toBeLessThan(1e-4 * (1 + Math.abs(expected)));
          close(predictions[i]!, d);
          close(targets[i]!, { ddim: euler, heun, 'exponential-heun': exponential }[solver]);
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('the losses', () => {
  it('compare increments: with the weight they do not depend on how small a step is', () => {
    fc.assert(
      fc.property(level, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (sigma, r) => {
        const weight = bootstrapWeight(sigma, r * sigma, Infinity);
        // A student whose increment is 0.3 too large.
        const signal = tf.fill(SHAPE, 0.3 * (1 - r)) as tf.Tensor4D;
        const loss = bootstrapLoss(signal, tf.zerosLike(signal), tf.fill([2], weight), DISTANCES.l2);
        loss.dataSync().forEach((value) => expect(value).toBeCloseTo(4 * 0.3 ** 2, 3));
      }),
      { numRuns: 20 },
    );
  });

  it('have a weight that is cut where a step is as short as nothing', () => {
    expect(bootstrapWeight(2, 1, 25)).toBe(4);
    expect(bootstrapWeight(2, 1.9, 25)).toBe(25);
    expect(bootstrapWeight(2, 2, 25)).toBe(25);
  });

  it('have gradients with respect to the student alone', () => {
    const draw = (seed: number) => new Parameter(tf.tensor(new Rng(seed).normal(8), SHAPE));
    const [signal, y] = [draw(1), draw(2)];
    const of = (parameter: Parameter) => parameter.variable as tf.Tensor as tf.Tensor4D;
    const { grads, aux } = lossAndGrads(() => {
      const sigmaT = tf.tensor1d([3, 2]);
      const sigmaS = tf.tensor1d([2, 1]);
      const teacher = (x: tf.Tensor4D, sigma: tf.Tensor1D) => gaussian.denoise(x, sigma);
      const { target, f } = bootstrapTarget({ y: of(y), teacher, eps: tf.ones(SHAPE), sigmaT, sigmaS, solver: 'heun' });
      const bootstrap = bootstrapLoss(of(signal), target, tf.tensor1d([9, 4]), DISTANCES.l2);
      const loss = tf.add(tf.sum(bootstrap), tf.sum(boundaryLoss(of(signal), f, DISTANCES.l2))) as tf.Scalar;
      return { loss, aux: { target, f } };
    }, [signal, y, ...gaussian.module.parameters()]);
    const [target, f] = [aux.target.dataSync(), aux.f.dataSync()];
    const [ofSignal, ...others] = grads.map((grad) => grad.dataSync());
    of(signal)
      .dataSync()
      .forEach((g, i) => {
        const weight = i < 4 ? 9 : 4;
        expect(ofSignal![i]).toBeCloseTo(2 * weight * (g - target[i]!) + 2 * (g - f[i]!), 3);
      });
    for (const grad of others) expect(grad.every((value) => value === 0)).toBe(true);
  });
});
