import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, Module, upsample2x } from '@onestep/nn';
import type { Rng } from '@onestep/random';

/** Halves the resolution by a 3x3 convolution of stride 2. */
export class Downsample extends Module {
  readonly conv: Conv2d;
  private readonly padding: number;

  /** @param padding zeros on every side: 1, or 0, which pads the right and the bottom by 1 */
  constructor(channels: number, padding: number, rng: Rng | null) {
    super();
    this.conv = new Conv2d(channels, channels, 3, rng);
    this.padding = padding;
  }

  /** [N, H, W, C] to [N, H/2, W/2, C]; H and W even. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    // Of the zeros on the right and at the bottom, a convolution of stride 2 reads those that the left and top have not used.
    const [before, after] = [this.padding, 1 - this.padding];
    const padded = tf.pad(x, [
      [0, 0],
      [before, after],
      [before, after],
      [0, 0],
    ]);
    const weight = this.conv.weight!.variable as tf.Tensor as tf.Tensor4D;
    return tf.add(tf.conv2d(padded, weight, 2, 'valid'), this.conv.bias!.variable);
  }
}

/** Doubles the resolution by repeating pixels, and convolves. */
export class Upsample extends Module {
  readonly conv: Conv2d;

  constructor(channels: number, half: boolean, rng: Rng | null) {
    super();
    this.conv = new Conv2d(channels, channels, 3, rng, { half });
  }

  /** [N, H, W, C] to [N, 2H, 2W, C]. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return this.conv.forward(upsample2x(x));
  }
}
