import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of tfjs-core's operations, which its entry points lack. In Node from a bundle; in a browser from
// tfjs-core itself, whose modules a page then has once.
import '#tfjs-gradients';
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
