import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';
import { denoiseGuided, type Denoiser, type GuidanceOfBatch } from '@onestep/diffusion-core';
import type { SignalPredictor } from './signal-ode.js';

/** The scale w of classifier-free guidance: one number, or a range to draw from, which is an input of the student. */
export type Guidance = number | readonly [low: number, high: number];

/**
 * Conditions of a batch.
 *
 * @internal
 */
export interface GuidedConditions {
  /** [N, labelDim] */
  labels?: tf.Tensor2D;
  /** [N]; left out, no guidance. */
  guidance?: tf.Tensor1D;
}

/** Parts of the teacher's guidance that do not depend on the scale. */
export type GuidanceLimits = Omit<GuidanceOfBatch, 'scale'>;

/**
 * The teacher's f with guidance, f = f_0 + w (f_c - f_0), where f_c gets the labels. f_0 does not (Ho & Salimans 2022), or is a
 * weaker network's.
 */
export function guidedTeacher(
  teacher: Denoiser,
  { labels, guidance }: GuidedConditions,
  limits: GuidanceLimits = {},
): SignalPredictor {
  return (x, sigma) => {
    if (guidance === undefined) return teacher.denoise(x, sigma, { labels });
    return denoiseGuided(teacher, { scale: guidance, ...limits }, x, sigma, { labels });
  };
}

const FEATURES = 8;

/**
 * A student's input for w: a linear map of cos(k pi u), k = 0, 1, ..., 7, where u is the position of w in its
 * range, is added to the label. The map starts at zero, so that the student starts exactly as the teacher. Any
 * network with labels can take it.
 */
export class GuidanceLabels extends Module {
  readonly weight: Parameter;
  readonly range: readonly [low: number, high: number];

  constructor(range: readonly [number, number], labelDim: number) {
    super();
    this.range = range;
    this.weight = new Parameter(tf.zeros([FEATURES, labelDim]));
  }

  clone(): GuidanceLabels {
    const copy = new GuidanceLabels(this.range, this.weight.variable.shape[1]!);
    copy.copyFrom(this);
    return copy;
  }

  /**
   * @param labels [N, labelDim]
   * @param guidance [N] scales
   * @returns [N, labelDim]
   */
  forward(labels: tf.Tensor2D, guidance: tf.Tensor1D): tf.Tensor2D {
    return tf.tidy(() => {
      const [low, high] = this.range;
      const place = tf.div(tf.sub(guidance, low), high - low);
      const features = tf.cos(tf.mul(tf.reshape(place, [-1, 1]), tf.mul(tf.range(0, FEATURES), Math.PI)));
      return tf.add(labels, tf.matMul(features as tf.Tensor2D, this.weight.variable as tf.Tensor as tf.Tensor2D));
    });
  }
}
