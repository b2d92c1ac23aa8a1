import * as tf from '@tensorflow/tfjs-core';
import { encodePrompts, promptLabels, type DistillationMethod } from '@onestep/diffusion-core';
import { findMethod } from '../../src/methods.js';
import { CaptionedGaussian } from './captioned-gaussian.js';

/** Means of the words big, blue and red. */
export const MEANS = [0.2, -0.6, 0.5];
export const STD = 0.5;
export const BATCH = 32;
export const PROMPTS = ['red', 'big blue'];

/** The means that a student's images have for prompts. */
export async function meansOf(
  { generator }: DistillationMethod,
  teacher: CaptionedGaussian,
  prompts: readonly string[],
) {
  const images = tf.tidy(() => {
    const rows = tf.tensor2d(encodePrompts(teacher, prompts), [prompts.length, 3]);
    // Affine in z: the image of z = 0 is the mean.
    return generator.generate(tf.zeros([prompts.length, 1, 1, 2]), rows);
  });
  const pixels = await images.data();
  images.dispose();
  return prompts.map((_, i) => pixels[2 * i]!);
}

/** A distillation of a teacher without captions of its own, from the prompts. */
export function createTask(
  name: string,
  options: Record<string, unknown> = {},
  teacher = new CaptionedGaussian(MEANS, STD),
) {
  const labels = promptLabels(teacher, PROMPTS);
  const rates = { batch: BATCH, lr: 2e-2, glr: 1e-2, emaHalfLifeKimg: 4, initSigma: 1 };
  return findMethod(name).create({ teacher, labels, options: { ...rates, ...options } });
}
