import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';

const FEATURES = 8;

/**
 * A student's input for the scale w of guidance: a linear map of cos(k pi u), k = 0, 1, ..., 7, where u is the position of w in
 * its range, is added to the label. The map starts at zero, so that the student starts exactly as the teacher. Any network with
 * labels can take it.
 */
export class GuidanceLabels extends Module {
  /** [8, labelDim] */
  readonly weight: Parameter;
  readonly range: readonly [low: number, high: number];

  constructor(range: readonly [number, number], labelDim: number) {
    super();
    this.range = range;
    this.weight = new Parameter(tf.zeros([FEATURES, labelDim]));
  }

  /** The scale in the middle of the range. */
  get middle(): number {
    return (this.range[0] + this.range[1]) / 2;
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

/**
 * Checks that a scale is one that a student was trained with.
 *
 * @throws RangeError if it is not
 */
export function checkScale(scale: number, [low, high]: readonly [number, number]): void {
  if (scale >= low && scale <= high) return;
  throw new RangeError(`This generator was trained with guidance from ${low} to ${high}, not ${scale}.`);
}
