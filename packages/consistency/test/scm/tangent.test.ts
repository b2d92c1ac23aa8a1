import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';
import { relativeError } from '../../../../test-support/fixtures.js';
import { DERIVATIVES, directionOf } from '../../src/scm/derivative.js';
import { TANGENT_BOUNDS, tangentOf } from '../../src/scm/tangent.js';
import { angleOf, trigFlow, type Denoise } from '../../src/scm/trig-flow.js';

beforeAll(startTestBackend);

const pixels = (values: number[]) => tf.tensor4d(values, [1, 1, 1, 3]);
const [SIGMA, X0, NOISE] = [1.3, [0.3, -0.2, 0.5], [0.7, -1.1, 0.4]];

/** F = 0.6 x - 0.25 sin t, at sigma = 1.3: computed in float64 by the formulas of Lu & Song 2024. */
function toy(warmup: number, way: keyof typeof DERIVATIVES = 'exact') {
  const f: Denoise = (x, level) => tf.sub(tf.mul(x, 0.6), tf.reshape(tf.mul(angleOf(level).sin, 0.25), [-1, 1, 1, 1]));
  const sigma = tf.tensor1d([SIGMA]);
  const angle = angleOf(sigma);
  const [cos, sin] = [angle.cos.dataSync()[0]!, angle.sin.dataSync()[0]!];
  const x = pixels(X0.map((value, i) => cos * value + sin * 0.5 * NOISE[i]!));
  const slope = pixels(X0.map((value, i) => cos * 0.5 * NOISE[i]! - sin * value));
  const derivative = DERIVATIVES[way](f, { x, sigma, direction: directionOf(slope, angle) }, 0.02);
  const tangent = tangentOf({ f: f(x, sigma), derivative, x, slope, angle, warmup });
  const bounded = TANGENT_BOUNDS.normalize(tangent, 0.1);
  const loss = tf.mean(tf.square(bounded)).dataSync()[0]! / (SIGMA * 3);
  return { tangent: tangent.dataSync(), bounded: bounded.dataSync(), loss };
}

describe('the tangent of sCM', () => {
  it('has known values for a toy network', () => {
    const start = toy(0);
    expect(relativeError(start.tangent, [-0.02164977, 0.03626799, -0.05000727])).toBeLessThan(1e-6);
    expect(start.loss).toBeCloseTo(0.0192883254, 7);
    expect(toy(0.5).loss).toBeCloseTo(0.0677667638, 7);
    const end = toy(1);
    expect(relativeError(end.tangent, [-0.1366341, 0.24843573, -0.11796349])).toBeLessThan(1e-6);
    expect(relativeError(end.bounded, [-0.49273242, 0.89591353, -0.42540211])).toBeLessThan(1e-6);
    expect(end.loss).toBeCloseTo(0.1048216446, 7);
  });

  it('is the same with differences', () => {
    expect(relativeError(toy(1, 'differences').tangent, toy(1).tangent)).toBeLessThan(1e-3);
  });

  it('can be cut instead', () => {
    expect([...TANGENT_BOUNDS.clip(pixels([-3, 0.5, 2]), 0.1).dataSync()]).toEqual([-1, 0.5, 1]);
  });
});

it.each([0.01, 0.4, 80])('F at sigma %d gives the denoiser back', (level) => {
  const network = new MlpDenoiser({ imgResolution: 1, imgChannels: 3, hidden: 8, sigmaData: 0.5 }, new Rng(1));
  const [noisy, sigma] = [pixels([0.3, level, -level]), tf.tensor1d([level])];
  const { cos, sin } = angleOf(sigma);
  // x_t = cos t x, and f = cos t x_t - sin t sigma_d F
  const x = tf.mul(noisy, cos) as tf.Tensor4D;
  const f = trigFlow((at, s) => network.denoise(at, s))(x, sigma);
  const denoised = tf.sub(tf.mul(x, cos), tf.mul(f, tf.mul(sin, 0.5)));
  expect(relativeError(denoised.dataSync(), network.denoise(noisy, sigma).dataSync())).toBeLessThan(1e-5);
});
