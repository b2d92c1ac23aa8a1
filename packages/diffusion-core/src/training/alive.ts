import * as tf from '@tensorflow/tfjs-core';
import { MaskRng, Rng } from '@onestep/random';
import { oneHot } from '../conditions/class-labels.js';
import type { Denoiser } from '../denoiser.js';
import type { Generator } from '../generator.js';

/** Noise levels at which a denoiser is asked: fine detail, the middle of the training levels, almost only noise. */
const LEVELS = [0.1, 1, 10];

/**
 * Whether a denoiser returns numbers, for images of noise at a low, a middle and a high noise level.
 */
export function isDenoiserAlive(denoiser: Denoiser): Promise<boolean> {
  const { imgResolution: size, imgChannels: channels } = denoiser;
  const levels = LEVELS.map((level) => denoiser.roundSigma(level));
  const noise = new Rng(0, 'alive').normal(levels.length * size * size * channels);
  return isFiniteOutput(() => {
    const sigma = tf.tensor1d(levels);
    const x = tf.mul(tf.tensor4d(noise, [levels.length, size, size, channels]), tf.reshape(sigma, [-1, 1, 1, 1]));
    const labels = someLabels(denoiser.labelDim, levels.length);
    return denoiser.denoise(x as tf.Tensor4D, sigma, { labels, rng: new MaskRng([0, 0]) });
  });
}

/**
 * Whether a generator returns numbers, for two latents.
 */
export function isGeneratorAlive(generator: Generator): Promise<boolean> {
  const { shape, data } = generator.sampleLatents(new Rng(0, 'alive'), 2);
  // A generator in training mode, with dropout, draws its masks from here; others take no third argument.
  const generate: (z: tf.Tensor, labels?: tf.Tensor2D, conditions?: { rng: MaskRng }) => tf.Tensor4D =
    generator.generate.bind(generator);
  return isFiniteOutput(() =>
    generate(tf.tensor(data, shape), someLabels(generator.labelDim, 2), { rng: new MaskRng([0, 0]) }),
  );
}

function someLabels(labelDim: number, count: number): tf.Tensor2D | undefined {
  if (labelDim === 0) return undefined;
  return oneHot(
    Array.from({ length: count }, (_, i) => i % labelDim),
    labelDim,
  );
}

async function isFiniteOutput(evaluate: () => tf.Tensor): Promise<boolean> {
  const output = tf.tidy(evaluate);
  const values = await output.data();
  output.dispose();
  return values.every((value) => Number.isFinite(value));
}
