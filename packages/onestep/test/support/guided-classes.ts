import * as tf from '@tensorflow/tfjs-core';
import type { DistillationMethod, Generator } from '@onestep/diffusion-core';
import { GaussianClassesDenoiser } from '../../../../test-support/gaussian-classes.js';

/** Mean of the images without a label. */
export const BASE = 0.1;
export const STD = 0.5;
/** Distances of the means of two classes from it. */
export const OFFSETS = [-0.3, 0.3] as const;
export const BATCH = 128;

export const teacherOf = (offsets: readonly number[] = OFFSETS) =>
  new GaussianClassesDenoiser({ base: BASE, offsets, std: STD });

/** Mean b and standard deviation a of a class: G(z) = b + a z where the network is that of Gaussians. */
export async function affine(generator: Generator, label: readonly number[]): Promise<{ a: number; b: number }> {
  const images = tf.tidy(() =>
    generator.generate(tf.tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [2, 2, 2, 1]), tf.tensor2d([[...label], [...label]])),
  );
  const [b, , , , sum] = await images.data();
  images.dispose();
  return { a: sum! - b!, b: b! };
}

/** @returns the generator after some steps */
export async function trainSteps(method: DistillationMethod, steps: number): Promise<Generator> {
  for (let i = 0; i < steps; i++) await method.step(i * BATCH);
  return method.generator;
}
