import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ddimStep, noisyImage, signalSlope, SOLVERS, type SolverName } from '@onestep/boot';
import {
  ablationSampler,
  denoiserFromPrediction,
  GaussianDenoiser,
  GaussianMixtureDenoiser,
  karrasSchedule,
  type Denoiser,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { relativeError } from '../../../test-support/fixtures.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const [N, PIXELS] = [5, 4];
const EPS = new Rng(1).normal(N * PIXELS);
const mixture = () =>
  new GaussianMixtureDenoiser({
    imgResolution: 2,
    imgChannels: 1,
    means: [
      [1, 0, -1, 0.5],
      [-0.5, 0.2, 0.4, -1],
    ],
    std: 0.3,
  });

/** y after steps of the Signal-ODE through the noise levels, from y = 0 at the first. */
function integrate(denoiser: Denoiser, sigmas: readonly number[], solver: SolverName): Float32Array {
  return tf.tidy(() => {
    const eps = tf.tensor4d(EPS, [N, 2, 2, 1]);
    const level = (sigma: number) => tf.fill([N], sigma) as tf.Tensor1D;
    const teacher = (x: tf.Tensor4D, sigma: tf.Tensor1D) => denoiser.denoise(x, sigma);
    let y = tf.zerosLike(eps);
    for (let i = 0; i + 1 < sigmas.length; i++) {
      const [sigmaT, sigmaS] = [level(sigmas[i]!), level(sigmas[i + 1]!)];
      const step = { y, f: teacher(noisyImage(y, sigmaT, eps), sigmaT), sigmaT, sigmaS };
      // As the sampler, the step to 0, where the ODE has no slope, is of first order.
      y = sigmas[i + 1] === 0 ? ddimStep(step) : SOLVERS[solver](step, eps, teacher);
    }
    return y.dataSync().slice() as Float32Array;
  });
}

/** The noise levels of the EDM sampler, with the final 0. */
const levels = (steps: number) => [...karrasSchedule(steps), 0];

describe('the Signal-ODE', () => {
  it.each([
    ['euler', 1],
    ['euler', 2],
    ['euler', 18],
    ['heun', 9],
  ] as const)("integrated is the EDM sampler with the same solver, %s's, %d steps", async (solver, steps) => {
    const options = { solver, steps } as const;
    const noise = () => new Float32Array(N * PIXELS);
    const { images } = await ablationSampler({ denoiser: mixture(), latents: EPS, noise, options });
    const y = integrate(mixture(), levels(steps), solver === 'euler' ? 'ddim' : 'heun');
    expect(relativeError(y, Float32Array.from(images))).toBeLessThan(1e-5);
  });

  it('is the DDIM of a DDPM that predicts the noise, in its own coordinates', () => {
    const alphaBars = [0.99, 0.9, 0.7, 0.4, 0.1, 0.02, 0.004];
    const sigmas = alphaBars.map((alphaBar) => Math.sqrt((1 - alphaBar) / alphaBar)).reverse();
    const exact = mixture();
    /** epsilon(x_t, t) of the DDPM with x_t = sqrt(alpha-bar_t) x_0 + sqrt(1 - alpha-bar_t) epsilon. */
    const predict = (xt: tf.Tensor4D, t: tf.Tensor1D) => {
      const alphaBar = tf.reshape(tf.gather(tf.tensor1d(alphaBars), tf.cast(t, 'int32')), [-1, 1, 1, 1]);
      const sigma = tf.sqrt(tf.div(tf.sub(1, alphaBar), alphaBar));
      const x = tf.div(xt, tf.sqrt(alphaBar)) as tf.Tensor4D;
      return tf.div(tf.sub(x, exact.denoise(x, tf.reshape(sigma, [-1]))), sigma) as tf.Tensor4D;
    };
    const shape = { imgResolution: 2, imgChannels: 1 };
    const denoiser = denoiserFromPrediction({ ...shape, predicts: 'noise', alphaBars }, predict);
    const y = integrate(denoiser, sigmas, 'ddim');

    const expected = tf.tidy(() => {
      const eps = tf.tensor4d(EPS, [N, 2, 2, 1]);
      const last = alphaBars.length - 1;
      let xt = tf.mul(eps, Math.sqrt(1 - alphaBars[last]!)) as tf.Tensor4D;
      for (let t = last; t > 0; t--) {
        const epsilon = predict(xt, tf.fill([N], t) as tf.Tensor1D);
        const x0 = tf.div(tf.sub(xt, tf.mul(epsilon, Math.sqrt(1 - alphaBars[t]!))), Math.sqrt(alphaBars[t]!));
        xt = tf.add(
          tf.mul(x0, Math.sqrt(alphaBars[t - 1]!)),
          tf.mul(epsilon, Math.sqrt(1 - alphaBars[t - 1]!)),
        ) as tf.Tensor4D;
      }
      const signal = tf.div(tf.sub(xt, tf.mul(eps, Math.sqrt(1 - alphaBars[0]!))), Math.sqrt(alphaBars[0]!));
      return signal.dataSync() as Float32Array;
    });
    expect(relativeError(y, expected)).toBeLessThan(1e-4);
  });

  it('of a Gaussian has the solution in closed form, to which steps of both orders converge', () => {
    const [mean, std, sigmaMax] = [0.4, 0.5, 80];
    const gaussian = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean, std });
    const shrink = Math.sqrt((std ** 2 + 0.002 ** 2) / (std ** 2 + sigmaMax ** 2));
    const expected = EPS.map((e) => mean + (sigmaMax * e - mean) * shrink - 0.002 * e);
    const error = (steps: number, solver: SolverName) =>
      relativeError(integrate(gaussian, levels(steps).slice(0, -1), solver), expected);
    const first = error(20, 'ddim');
    expect(error(40, 'ddim') / first).toBeCloseTo(0.5, 1);
    for (const solver of ['heun', 'exponential-heun'] as const) {
      const second = error(20, solver);
      expect(error(40, solver) / second).toBeLessThan(0.3);
      expect(second).toBeLessThan(0.4 * first);
      expect(error(300, solver)).toBeLessThan(1e-3);
    }
    // Where there are few steps, only the exponential form is of use.
    expect(error(6, 'exponential-heun')).toBeLessThan(0.8 * error(6, 'ddim'));
    expect(error(6, 'heun')).toBeGreaterThan(error(6, 'ddim'));
  });

  it('has the slope that its solution has', () => {
    // y(sigma) = c sigma solves dy/dsigma = (y - f) / sigma for f = 0.
    const y = tf.tensor4d([6, -2], [1, 1, 2, 1]);
    const slope = signalSlope(y, tf.zerosLike(y), tf.tensor1d([2]));
    expect([...slope.dataSync()]).toEqual([3, -1]);
  });
});
