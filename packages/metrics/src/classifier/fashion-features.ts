import * as tf from '@tensorflow/tfjs-core';
import { CHANNELS, type FashionCnn, RESOLUTION } from './fashion-cnn.js';

/**
 * The activations of the Fashion-MNIST classifier at three resolutions, for a perceptual distance of 32x32 gray images. It is no
 * LPIPS: nobody fitted it to what people see. Gradients flow through it to the images.
 */
export class FashionFeatures {
  /** @param network owned by the features: `dispose()` frees it */
  constructor(private readonly network: FashionCnn) {}

  /**
   * @param images [N, 32, 32, 1] in [-1, 1]
   * @returns [N, 16, 16, 32], [N, 8, 8, 64] and [N, 4, 4, 128]
   */
  features(images: tf.Tensor4D): tf.Tensor4D[] {
    return tf.tidy(() => this.network.maps(blocksToChannels(images)));
  }

  /** Frees the network. */
  dispose(): void {
    this.network.dispose();
  }
}

/** Moves blocks of 2x2 pixels into channels, row by row: [N, 32, 32, 1] becomes [N, 16, 16, 4]. */
function blocksToChannels(images: tf.Tensor4D): tf.Tensor4D {
  const half = RESOLUTION / 2;
  const blocks = tf.reshape(images, [-1, half, 2, half, 2 * CHANNELS]);
  return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4]), [-1, half, half, 4 * CHANNELS]);
}
