import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { edmDenoisingLoss, logNormalSigmas, type Generator } from '@onestep/diffusion-core';
import { EIGHT_GAUSSIANS, exactPoints, MlpDenoiser, modeShares } from '@onestep/diffusion-core/toy';
import { Adam, compileStep, lossAndGrads, type AdamRates } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { slicedWasserstein } from './sliced-wasserstein.js';

/**
 * Trains a network to denoise the eight Gaussians, with EDM's loss and noise levels: the starting point of students and fake
 * score networks.
 */
export function trainedDenoiser(steps = 1500, hidden = 64, batch = 256): MlpDenoiser {
  const network = new MlpDenoiser({ imgResolution: 1, imgChannels: 2, hidden, sigmaData: 0.5 });
  const parameters = network.module.namedParameters();
  const adam = new Adam(parameters, {});
  const rng = new Rng(1, 'denoiser');
  const update = compileStep(
    (inputs: { images: tf.Tensor4D; sigma: tf.Tensor1D; noise: tf.Tensor4D; rates: AdamRates }) => {
      const { rates, ...noisy } = inputs;
      const { loss, grads } = lossAndGrads(
        () => ({ loss: tf.mean<tf.Scalar>(edmDenoisingLoss({ ...noisy, denoiser: network })), aux: {} }),
        [...parameters.values()],
      );
      adam.update(grads, rates);
      return { loss };
    },
  );
  for (let i = 0; i < steps; i++) {
    const rate = 3e-3 * (1 - i / steps) + 1e-5;
    tf.tidy(() =>
      update({
        images: tf.tensor4d(exactPoints(batch, 1000 + i), [batch, 1, 1, 2]),
        sigma: tf.tensor1d(logNormalSigmas(rng.normal(batch))),
        noise: tf.tensor4d(rng.normal(2 * batch), [batch, 1, 1, 2]),
        rates: adam.nextRates(rate),
      }),
    );
  }
  adam.dispose();
  return network;
}

/** Generates `n` points, [n, 2], with a one-step generator. */
async function generatePoints(generator: Generator, n: number, seed: number): Promise<Float32Array> {
  const { shape, data } = generator.sampleLatents(new Rng(seed, 'points'), n);
  const images = tf.tidy(() => generator.generate(tf.tensor(data, shape)));
  const points = (await images.data()) as Float32Array;
  images.dispose();
  return points;
}

const POINTS = 500;
const SETS = 8;
const REFERENCE_POINTS = 20 * POINTS;

/**
 * Expects that a generator's points cover every mode, and that their sliced Wasserstein distance to the truth is at most 1.3
 * times that of the same number of exact samples (means over several sets).
 */
export async function expectEightGaussians(generator: Generator): Promise<void> {
  const truth = exactPoints(REFERENCE_POINTS, 0);
  const shares = new Array<number>(EIGHT_GAUSSIANS.means.length).fill(0);
  let [generated, exact] = [0, 0];
  for (let seed = 1; seed <= SETS; seed++) {
    const points = await generatePoints(generator, POINTS, seed);
    generated += slicedWasserstein(points, truth);
    exact += slicedWasserstein(exactPoints(POINTS, seed), truth);
    modeShares(points).forEach((share, mode) => (shares[mode]! += share / SETS));
  }
  for (const share of shares) expect(share).toBeGreaterThan(0.5 / shares.length);
  expect(generated / exact).toBeLessThan(1.3);
}
