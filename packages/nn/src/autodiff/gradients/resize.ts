import * as tf from '@tensorflow/tfjs-core';
import { registerSecondDerivative } from './register-gradient.js';

interface ResizeAttrs {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

// The gradient of a resize is linear in dy; its transpose is the resize.

registerSecondDerivative(
  'ResizeNearestNeighborGrad',
  ['dy', 'images'],
  (dImages, { dy, images }, { alignCorners, halfPixelCenters }: ResizeAttrs) => ({
    dy: () => tf.image.resizeNearestNeighbor(dImages, [dy.shape[1], dy.shape[2]], alignCorners, halfPixelCenters),
    images: () => tf.zerosLike(images),
  }),
);

registerSecondDerivative(
  'ResizeBilinearGrad',
  ['dy', 'images'],
  (dImages, { dy, images }, { alignCorners, halfPixelCenters }: ResizeAttrs) => ({
    dy: () => tf.image.resizeBilinear(dImages, [dy.shape[1], dy.shape[2]], alignCorners, halfPixelCenters),
    images: () => tf.zerosLike(images),
  }),
);
