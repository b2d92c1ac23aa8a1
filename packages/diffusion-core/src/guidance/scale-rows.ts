import * as tf from '@tensorflow/tfjs-core';

/**
 * Splits the rows of conditions that a student with an input for the scale of guidance learns: a label, followed by its scale.
 *
 * @param rows [N, labelDim + 1], or labels alone, [N, labelDim]
 * @returns the labels, and the scales [N]; undefined where the rows are labels alone
 */
export function splitScales(
  rows: tf.Tensor2D | undefined,
  labelDim: number,
): { labels: tf.Tensor2D | undefined; scales: tf.Tensor1D | undefined } {
  if (rows === undefined || rows.shape[1] === labelDim) return { labels: rows, scales: undefined };
  return {
    labels: tf.slice(rows, [0, 0], [-1, labelDim]),
    scales: tf.reshape(tf.slice(rows, [0, labelDim], [-1, 1]), [-1]),
  };
}

/**
 * Joins labels and scales to rows, see {@link splitScales}.
 *
 * @param labels [N, labelDim]
 * @param scales [N]
 * @returns [N, labelDim + 1]
 */
export function joinScales(labels: tf.Tensor2D, scales: tf.Tensor1D): tf.Tensor2D {
  return tf.concat([labels, tf.reshape(scales, [-1, 1])], 1) as tf.Tensor2D;
}
