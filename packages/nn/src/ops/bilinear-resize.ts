import * as tf from '@tensorflow/tfjs-core';

/**
 * Resizes square images bilinearly, as PyTorch's `interpolate` does: pixel centers are at halves, and nothing is averaged where
 * images shrink. Products of matrices, so that it has gradients on every engine.
 *
 * @param images [N, H, H, C]
 * @param size new height and width
 * @returns [N, size, size, C]
 * @internal
 */
export function bilinearResize(images: tf.Tensor4D, size: number): tf.Tensor4D {
  const [, height, width] = images.shape;
  if (height === size && width === size) return images;
  return tf.tidy(() => {
    // Axes come last in turn: [N, H, C, W], then [N, W, C, H].
    const resizedWidth = resizeLastAxis(tf.transpose(images, [0, 1, 3, 2]), size);
    const resizedBoth = resizeLastAxis(tf.transpose(resizedWidth, [0, 3, 2, 1]), size);
    return tf.transpose(resizedBoth, [0, 3, 1, 2]);
  });
}

function resizeLastAxis(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [first, second, third, length] = x.shape;
  const weights = tf.tensor2d(bilinearWeights(length, size), [length, size]);
  const rows = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, length]), weights);
  return tf.reshape<tf.Rank.R4>(rows, [first, second, third, size]);
}

/** The weights of `length` pixels in `size` ones, [length, size]. */
function bilinearWeights(length: number, size: number): Float32Array {
  const weights = new Float32Array(length * size);
  for (let i = 0; i < size; i++) {
    const place = Math.min(Math.max(((i + 0.5) * length) / size - 0.5, 0), length - 1);
    const low = Math.floor(place);
    const share = place - low;
    weights[low * size + i]! += 1 - share;
    weights[Math.min(low + 1, length - 1) * size + i]! += share;
  }
  return weights;
}
