import * as tf from '@tensorflow/tfjs-core';

/**
 * Mixes the styles of two latents: layers before the cutoff get the first, the others the second (Karras et al. 2019, section 3.1).
 * The cutoff is given as a mask, so that it can differ from step to step of a compiled step.
 *
 * @param first ws of the first latents, [N, layers, wDim]
 * @param second those of the second ones
 * @param isFirst 1 for layers of the first, else 0, [1, layers, 1]
 * @returns [N, layers, wDim]
 */
export function mixStyles(first: tf.Tensor3D, second: tf.Tensor3D, isFirst: tf.Tensor3D): tf.Tensor3D {
  return tf.add(tf.mul(first, isFirst), tf.mul(second, tf.sub(1, isFirst)));
}

/** The mask of {@link mixStyles}. @param cutoff number of layers with the first style */
export function styleMask(cutoff: number, layers: number): tf.Tensor3D {
  return tf.tensor3d(
    Array.from({ length: layers }, (_, layer) => (layer < cutoff ? 1 : 0)),
    [1, layers, 1],
  );
}
