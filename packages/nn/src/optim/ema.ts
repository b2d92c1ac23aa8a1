import * as tf from '@tensorflow/tfjs-core';
import type { Module } from '../module.js';
import { emaUpdate } from '../ops/ema-update.js';

/**
 * Moves the parameters of `average` towards those of `source`: e' = p + beta (e - p). Buffers are left alone, as in
 * the published training loops.
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
 * Decay of an EMA given by its half-life in images, with the published ramp-up.
 *
 * @param batchSize images in this step
 * @param halfLifeImages half-life, in images
 * @param imagesSeen images seen before this step
 * @param rampUpRatio the half-life never exceeds this share of the images seen; null for no ramp-up
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
