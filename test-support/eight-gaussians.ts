import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { edmDenoisingLoss, GaussianMixtureDenoiser, logNormalSigmas, type Generator } from '@onestep/diffusion-core';
import { Adam, lossAndGrads, replayed, Rng, type AdamRates } from '@onestep/nn';
import { MlpDenoiser } from './mlp-denoiser.js';
import { slicedWasserstein } from './sliced-wasserstein.js';

const MODES = 8;
const RADIUS = 0.7;
const STD = 0.1;
const MEANS = Array.from({ length: MODES }, (_, k) => {
  const angle = (2 * Math.PI * k) / MODES;
  return [RADIUS * Math.cos(angle), RADIUS * Math.sin(angle)] as const;
});

/** Noise levels that the toy networks learn: EDM's, shifted to reach from well inside a mode to well outside of all. */
const TOY_NOISE = { mean: -1.2, std: 1.2 };

/** Eight Gaussians on a circle, as images of one pixel with two channels: a teacher without error. */
export function eightGaussians(): GaussianMixtureDenoiser {
  return new GaussianMixtureDenoiser({ imgResolution: 1, imgChannels: 2, means: MEANS, std: STD });
}

/** Exact samples, [n, 2]. */
export function exactPoints(n: number, seed: number): Float32Array {
  const rng = new Rng(seed, 'eight-gaussians');
  const modes = rng.integers(n, MODES);
  return rng.normal(2 * n).map((value, i) => MEANS[modes[i >> 1]!]![i & 1]! + STD * value);
}

/** A network that has learned to denoise the eight Gaussians: what students and score networks start from. */
export function trainedDenoiser(steps = 1500, hidden = 64, batch = 256): MlpDenoiser {
  const network = new MlpDenoiser({ imgResolution: 1, imgChannels: 2, hidden, sigmaData: 0.5 });
  const parameters = network.module.namedParameters();
  const adam = new Adam(parameters, {});
  const rng = new Rng(1, 'denoiser');
  const update = replayed((inputs: { images: tf.Tensor4D; sigma: tf.Tensor1D; noise: tf.Tensor4D; rates: AdamRates }) => {
    const { rates, ...noisy } = inputs;
    const { loss, grads } = lossAndGrads(
      () => ({ loss: tf.mean<tf.Scalar>(edmDenoisingLoss({ ...noisy, denoiser: network })), aux: {} }),
      [...parameters.values()],
    );
    adam.update(grads, rates);
    return { loss };
  });
  for (let i = 0; i < steps; i++) {
    const rate = 3e-3 * (1 - i / steps) + 1e-5;
    tf.tidy(() =>
      update({
        images: tf.tensor4d(exactPoints(batch, 1000 + i), [batch, 1, 1, 2]),
        sigma: tf.tensor1d(logNormalSigmas(rng.normal(batch), TOY_NOISE)),
        noise: tf.tensor4d(rng.normal(2 * batch), [batch, 1, 1, 2]),
        rates: adam.nextRates(rate),
      }),
    );
  }
  adam.dispose();
  return network;
}

/** `n` points of a one-step generator, [n, 2]. */
export async function generatedPoints(generator: Generator, n: number, seed: number): Promise<Float32Array> {
  const { shape, data } = generator.sampleLatents(new Rng(seed, 'points'), n);
  const images = tf.tidy(() => generator.generate(tf.tensor(data, shape)));
  const points = (await images.data()) as Float32Array;
  images.dispose();
  return points;
}

/** The share of points that are nearest to each mode, and within four standard deviations of it. */
export function modeShares(points: Float32Array): number[] {
  const shares = new Array<number>(MODES).fill(0);
  const n = points.length / 2;
  for (let i = 0; i < n; i++) {
    const distances = MEANS.map(([x, y]) => Math.hypot(points[2 * i]! - x, points[2 * i + 1]! - y));
    const nearest = distances.indexOf(Math.min(...distances));
    if (distances[nearest]! < 4 * STD) shares[nearest]! += 1 / n;
  }
  return shares;
}

const POINTS = 500;
const SETS = 8;
const REFERENCE_POINTS = 20 * POINTS;

/**
 * Expects that a generator's points cover every mode, and that they are no further from the truth than 1.3 times as many
 * exact samples are, by the sliced Wasserstein distance: means over several sets.
 */
export async function expectEightGaussians(generator: Generator): Promise<void> {
  const truth = exactPoints(REFERENCE_POINTS, 0);
  const shares = new Array<number>(MODES).fill(0);
  let [generated, exact] = [0, 0];
  for (let seed = 1; seed <= SETS; seed++) {
    const points = await generatedPoints(generator, POINTS, seed);
    generated += slicedWasserstein(points, truth);
    exact += slicedWasserstein(exactPoints(POINTS, seed), truth);
    modeShares(points).forEach((share, mode) => (shares[mode]! += share / SETS));
  }
  for (const share of shares) expect(share).toBeGreaterThan(0.5 / MODES);
  expect(generated / exact).toBeLessThan(1.3);
}
