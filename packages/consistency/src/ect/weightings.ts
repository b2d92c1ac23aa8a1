import * as tf from '@tensorflow/tfjs-core';
import { edmLossWeight } from '@onestep/diffusion-core';
import { SIGMA_DATA } from '../consistency-generator.js';

/** Weights of an image's loss at the times t and r = t - gap, by FastGen's names. Arguments and results are [N]. */
export const WEIGHTINGS = {
  /** 1 / (t - r), that of ECT. */
  default: (_t, gap) => tf.div(1, gap),
  sqrt: (_t, gap) => tf.rsqrt(gap),
  c_out: (t) => tf.sqrt(edmLossWeight(t, SIGMA_DATA)),
  /** 1 / c_out(t)^2 = 1 / t^2 + 1 / sigma_data^2, that of ECT's runs on ImageNet. */
  c_out_sq: (t) => edmLossWeight(t, SIGMA_DATA),
  sigma_sq: (t) => tf.div(1, tf.square(t)),
  one: (t) => tf.onesLike(t),
} satisfies Record<string, (t: tf.Tensor1D, gap: tf.Tensor1D) => tf.Tensor1D>;
