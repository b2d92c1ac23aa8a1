import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import type { DiscriminatorNetwork } from '../networks/discriminator-network.js';

/** Whether a discriminator returns numbers, for an image of noise. */
export async function isDiscriminatorAlive(discriminator: DiscriminatorNetwork): Promise<boolean> {
  const { imgResolution: size, imgChannels: channels, labelDim } = discriminator.settings;
  const noise = new Rng(0, 'alive').normal(size * size * channels);
  const logits = tf.tidy(() => {
    const labels = labelDim === 0 ? undefined : tf.zeros<tf.Rank.R2>([1, labelDim]);
    return discriminator.discriminate(tf.tensor4d(noise, [1, size, size, channels]), labels);
  });
  const values = await logits.data();
  logits.dispose();
  return values.every((value) => Number.isFinite(value));
}
