import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { Rng } from '@onestep/random';
import type { ComparedImages } from '@onestep/score-distillation';
import { sidGeneratorLoss, simGeneratorLoss } from '@onestep/sid';
import { relativeError } from '../../../test-support/fixtures.js';
import { denoise, FAKE, gradientThroughNetworks, PIXELS, SHAPE, SIGMA, TEACHER } from './support/gaussian-networks.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const squared = (images: ComparedImages) =>
  simGeneratorLoss({ ...images, distance: 'squared', c: 1, w: 'teacher-distance' }).loss;
const pseudoHuber = (images: ComparedImages, c: number) =>
  simGeneratorLoss({ ...images, distance: 'pseudo-huber', c, w: 'constant' }).loss;

describe('the SIM loss with the squared distance', () => {
  it('is the SiD loss with alpha 1, as a value of each pixel and as a gradient', () => {
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        const [sim, sid] = [squared, (images: ComparedImages) => sidGeneratorLoss({ ...images, alpha: 1 }).loss].map(
          (loss) => gradientThroughNetworks(seed, loss),
        );
        expect(relativeError(sim!.values, sid!.values)).toBeLessThan(1e-5);
        expect(relativeError(sim!.gradient, sid!.gradient)).toBeLessThan(1e-5);
      }),
      { numRuns: 5 },
    );
  });

  it('is short of the SiD loss with another alpha by (1 - alpha) |f_phi - f_psi|^2 / w', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: -0.25, max: 1.5, noNaN: true }), (seed, alpha) => {
        const sid = gradientThroughNetworks(seed, (images) => sidGeneratorLoss({ ...images, alpha }).loss);
        const sum = gradientThroughNetworks(seed, (images) => {
          const { weight } = sidGeneratorLoss({ ...images, alpha });
          const naive = tf.mul(tf.reshape(weight, [-1, 1, 1, 1]), tf.squaredDifference(images.fPhi, images.fPsi));
          return tf.add(squared(images), tf.mul(1 - alpha, naive));
        });
        expect(relativeError(sum.values, sid.values)).toBeLessThan(1e-5);
        expect(relativeError(sum.gradient, sid.gradient)).toBeLessThan(1e-5);
      }),
      { numRuns: 5 },
    );
  });
});

describe('the SIM loss with the pseudo-Huber distance', () => {
  /** (f_phi - f_psi)'(f_psi - x_g) / sqrt(|f_phi - f_psi|^2 + c^2) of a sample, in double precision. */
  const objective = (x: Float64Array, noise: Float32Array, sigma: number, c: number) => {
    let [product, square] = [0, 0];
    x.forEach((value, i) => {
      const xt = value + sigma * noise[i]!;
      const [phi, psi] = [denoise(xt, sigma, TEACHER), denoise(xt, sigma, FAKE)];
      product += (phi - psi) * (psi - value);
      square += (phi - psi) ** 2;
    });
    return product / Math.sqrt(square + c ** 2);
  };

  it('has its norms over the pixels of a sample, and the gradient of the whole quotient', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: 0.01, max: 2, noNaN: true }), (seed, c) => {
        const { x, noise, values, gradient } = gradientThroughNetworks(seed, (images) => pseudoHuber(images, c));
        SIGMA.forEach((sigma, n) => {
          const sample = Float64Array.from(x.subarray(n * PIXELS, (n + 1) * PIXELS));
          const own = noise.subarray(n * PIXELS, (n + 1) * PIXELS);
          const value = values.subarray(n * PIXELS, (n + 1) * PIXELS).reduce((sum, each) => sum + each, 0);
          const close = (actual: number, expected: number) =>
            expect(Math.abs(actual - expected)).toBeLessThan(1e-4 * (1 + Math.abs(expected)));
          close(value, objective(sample, own, sigma, c));
          for (let i = 0; i < PIXELS; i++) {
            const at = (step: number) => objective(sample.with(i, sample[i]! + step), own, sigma, c);
            close(gradient[n * PIXELS + i]!, (at(1e-4) - at(-1e-4)) / 2e-4);
          }
        });
      }),
      { numRuns: 10 },
    );
  });

  it('leaves out a sample with NaN, and only it', () => {
    const rng = new Rng(5);
    const data = [0, 1, 2].map(() => rng.normal(3 * PIXELS));
    const evaluate = () => {
      const inputs = data.map((values) => new Parameter(tf.tensor(values, SHAPE)));
      const [xg, fPhi, fPsi] = inputs.map(({ variable }) => variable as tf.Tensor as tf.Tensor4D);
      const images = { xg: xg!, fPhi: fPhi!, fPsi: fPsi! };
      const { loss, grads } = lossAndGrads(
        () => ({ loss: tf.sum<tf.Scalar>(pseudoHuber(images, 0.1)), aux: {} }),
        inputs,
      );
      return { loss: loss.dataSync()[0]!, grads: grads.map((grad) => grad.dataSync()) };
    };
    const whole = evaluate();
    data[1]![PIXELS + 7] = NaN;
    const spoiled = evaluate();
    expect(Number.isFinite(spoiled.loss)).toBe(true);
    expect(spoiled.loss).not.toBe(whole.loss);
    spoiled.grads.forEach((grad, k) => {
      expect(grad.slice(PIXELS, 2 * PIXELS).every((value) => Math.abs(value) === 0)).toBe(true);
      for (const i of [0, 2]) {
        const sample = (values: ArrayLike<number>) => Array.from(values).slice(i * PIXELS, (i + 1) * PIXELS);
        expect(sample(grad)).toEqual(sample(whole.grads[k]!));
      }
    });
  });

  it('moves a student as the mean distance does over a fixed distribution of noisy images', () => {
    // Images of one pixel from a student N(mean, std^2), whose exact score the fake score network has.
    const [n, sigma, c] = [40_000, 0.6, 0.2];
    const rng = new Rng(4);
    const [z, noise] = [rng.normal(n), rng.normal(n)];
    const parameters = [FAKE.mean, FAKE.std].map((value) => new Parameter(tf.tensor([value])));
    const { grads } = lossAndGrads(() => {
      const shape: [number, number, number, number] = [n, 1, 1, 1];
      const [mean, std] = parameters.map(({ variable }) => variable);
      const xg = tf.add(mean!, tf.mul(std!, tf.tensor(z, shape))) as tf.Tensor4D;
      const xt = tf.add(xg, tf.mul(tf.tensor(noise, shape), sigma)) as tf.Tensor4D;
      const levels = tf.fill([n], sigma) as tf.Tensor1D;
      const [fPhi, fPsi] = [TEACHER, FAKE].map((settings) =>
        new GaussianDenoiser({ imgResolution: 1, imgChannels: 1, ...settings }).denoise(xt, levels),
      );
      return { loss: tf.mean<tf.Scalar>(pseudoHuber({ xg, fPhi: fPhi!, fPsi: fPsi! }, c)), aux: {} };
    }, parameters);

    /** The mean of sqrt(|f_phi - f_psi|^2 + c^2) for another student's f_psi, over the noisy images of this one. */
    const distance = (student: { mean: number; std: number }) => {
      const spread = Math.hypot(FAKE.std, sigma);
      let [sum, weights] = [0, 0];
      for (let u = -8; u <= 8; u += 1e-3) {
        const xt = FAKE.mean + spread * u;
        const weight = Math.exp(-(u ** 2) / 2);
        sum += weight * Math.hypot(denoise(xt, sigma, TEACHER) - denoise(xt, sigma, student), c);
        weights += weight;
      }
      return sum / weights;
    };
    (['mean', 'std'] as const).forEach((name, i) => {
      const at = (step: number) => distance({ ...FAKE, [name]: FAKE[name] + step });
      // The score's derivative is that of f_psi over sigma^2, which the weight of the loss leaves out on both sides.
      const slope = (at(1e-4) - at(-1e-4)) / 2e-4;
      expect(grads[i]!.dataSync()[0]! / slope).toBeCloseTo(1, 1);
    });
  });
});
