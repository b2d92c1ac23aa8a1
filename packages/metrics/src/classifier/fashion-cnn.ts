import * as tf from '@tensorflow/tfjs-core';
import { Linear, Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { ConvBlock } from './conv-block.js';

/** Height and width of the images, in pixels. */
export const RESOLUTION = 32;
export const CHANNELS = 1;
/** Length of a feature vector. */
export const FEATURES = 128;
export const CLASSES = 10;

/**
 * A small convolutional classifier of 32x32 gray images in ten classes: 280,170 parameters, 7.4 million multiplications
 * per image. Its features are the 128 averages over the last 4x4 activations.
 */
export class FashionCnn extends Module {
  readonly stem: ConvBlock;
  readonly down8: ConvBlock;
  readonly res8: ConvBlock;
  readonly down4: ConvBlock;
  readonly res4: ConvBlock;
  readonly head: Linear;

  /** @param rng draws the initial weights; null leaves them zero, for weights that are loaded */
  constructor(rng: Rng | null) {
    super();
    this.stem = new ConvBlock(4 * CHANNELS, 32, rng);
    this.down8 = new ConvBlock(32, 64, rng, { down: true });
    this.res8 = new ConvBlock(64, 64, rng, { residual: true });
    this.down4 = new ConvBlock(64, FEATURES, rng, { down: true });
    this.res4 = new ConvBlock(FEATURES, FEATURES, rng, { residual: true });
    this.head = new Linear(FEATURES, CLASSES, rng);
  }

  /**
   * @param x pixels in [-1, 1] with blocks of 2x2 as channels, [N, 16, 16, 4]
   * @returns features [N, 128] and logits [N, 10]
   */
  forward(x: tf.Tensor4D): { features: tf.Tensor2D; logits: tf.Tensor2D } {
    const features = tf.mean<tf.Tensor2D>(this.maps(x)[2], [1, 2]);
    return { features, logits: this.head.forward(features) };
  }

  /**
   * The activations at each of its resolutions.
   *
   * @param x as for `forward`
   * @returns [N, 16, 16, 32], [N, 8, 8, 64] and [N, 4, 4, 128]
   */
  maps(x: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
    const at16 = this.stem.forward(x);
    const at8 = this.res8.forward(this.down8.forward(at16));
    return [at16, at8, this.res4.forward(this.down4.forward(at8))];
  }
}
