import * as tf from '@tensorflow/tfjs-core';

interface ResizeAttrs {
  size: [number, number];
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

type Resize = typeof tf.image.resizeBilinear;

// A resize is linear in each direction: y = R_h x R_w'. Its gradient is R_h' dy R_w, two matrix products, which have
// derivatives of any order. tfjs's kernels for it have none. In `cpu`, and engines that fall back on it, they also
// ignore halfPixelCenters and mix the images of a batch, and `wasm` has none at all.

export const RESIZE_GRADIENTS = [
  resizeGradient('ResizeBilinear', tf.image.resizeBilinear),
  resizeGradient('ResizeNearestNeighbor', tf.image.resizeNearestNeighbor),
];

function resizeGradient(kernelName: string, resize: Resize): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['images'],
    gradFunc: (dy, [images], attrs) => ({
      images: () => transposedResize(dy as tf.Tensor4D, images!.shape, attrs as unknown as ResizeAttrs, resize),
    }),
  };
}

function transposedResize(dy: tf.Tensor4D, shape: number[], attrs: ResizeAttrs, resize: Resize): tf.Tensor {
  const [n, height, width, c] = shape as [number, number, number, number];
  const [newHeight, newWidth] = attrs.size;
  /** R, [to, from]: the resized images of the unit vectors, which are channels here. */
  const matrix = (from: number, to: number) => {
    const unitVectors = tf.reshape(tf.eye(from), [1, from, 1, from]) as tf.Tensor4D;
    return tf.reshape(resize(unitVectors, [to, 1], attrs.alignCorners, attrs.halfPixelCenters), [to, from]);
  };
  const rows = tf.matMul(matrix(height, newHeight), tf.reshape(dy, [n, newHeight, newWidth * c]), true);
  const columns = tf.matMul(matrix(width, newWidth), tf.reshape(rows, [n * height, newWidth, c]), true);
  return tf.reshape(columns, shape);
}
