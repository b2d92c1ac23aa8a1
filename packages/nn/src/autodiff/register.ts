import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of tfjs-core's operations, which its entry point for Node lacks.
import '../generated/tfjs-gradients.js';
import './gradients/comparison.js';
import './gradients/convolution.js';
import './gradients/elu.js';
import './gradients/pooling.js';
import { RESIZE_GRADIENTS } from './gradients/resize.js';
import { TILE_GRADIENT } from './gradients/tile.js';
import { orderTape } from './tape-order.js';

/**
 * Replaces the gradients of tfjs that are wrong or incomplete. Importing `@tensorflow/tfjs`, as tfjs-node does, registers
 * tfjs's own again, so that this runs before each differentiation.
 */
export function replaceGradients(): void {
  for (const gradient of [...RESIZE_GRADIENTS, TILE_GRADIENT]) {
    if (tf.getGradient(gradient.kernelName) !== gradient) tf.registerGradient(gradient);
  }
}

orderTape();
replaceGradients();
