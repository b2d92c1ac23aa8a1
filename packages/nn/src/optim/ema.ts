import * as tf from '@tensorflow/tfjs-core';
import type { Module } from '../module.js';
import { emaUpdate } from '../ops/ema-update.js';

/**
 * Moves the parameters of `average` toward those of `source`: e' = p + beta (e - p). Buffers stay as they
 * are, as in the published training loops.
 *
 * @param beta decay in [0, 1]
 */
export function updateEma(average: Module, source: Module, beta: tf.Scalar | number): void {
  const averages = average.parameters().map(({ variable }) => variable);
  const current = source.parameters().map(({ variable }) => variable);
  tf.tidy(() => {
    const decay = typeof beta === 'number' ? tf.scalar(beta) : beta;
    emaUpdate(averages, current, decay).forEach((value, i) => averages[i]!.assign(value));
  });
}

/**
 * Decay of an exponential moving average with a half-life in images, and EDM's ramp-up (Karras et al. 2022,
 * code release).
 *
 * @param batchSize images in this step
 * @param halfLifeImages half-life of the average, in images
 * @param imagesSeen images seen before this step
 * @param rampUpRatio bound of the half-life, as a share of the images seen; null for no ramp-up
 * @returns in [0, 1], for {@link updateEma}
 */
export function emaDecay(
  batchSize: number,
  halfLifeImages: number,
  imagesSeen: number,
  rampUpRatio: number | null = 0.05,
): number {
  const halfLife = rampUpRatio === null ? halfLifeImages : Math.min(halfLifeImages, imagesSeen * rampUpRatio);
  return 0.5 ** (batchSize / Math.max(halfLife, 1e-8));
}

/**
 * Decay of a bias-corrected average in a step: (beta - beta^n) / (1 - beta^n), which is 0 in the first. The average is then that of the
 * weights after each step, with shares that fall by beta from step to step.
 *
 * @param beta in [0, 1)
 * @param n number of the step, from 1
 * @returns in [0, beta), for {@link updateEma}
 */
export function correctedEmaDecay(beta: number, n: number): number {
  return (beta - beta ** n) / (1 - beta ** n);
}
