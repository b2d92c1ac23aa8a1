import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, GroupNorm, Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';

/** Convolution, GroupNorm and SiLU, optionally with downsampling or a residual connection. */
export class ConvBlock extends Module {
  readonly conv: Conv2d;
  readonly norm: GroupNorm;
  private readonly residual: boolean;

  constructor(inChannels: number, outChannels: number, rng: Rng | null, { down = false, residual = false } = {}) {
    super();
    this.conv = new Conv2d(inChannels, outChannels, 3, rng, { resample: down ? 'down' : null });
    this.norm = new GroupNorm(outChannels);
    this.residual = residual;
  }

  /**
   * @param x [N, H, W, in]
   * @returns [N, H, W, out], or [N, H/2, W/2, out] with downsampling
   */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const y = this.norm.forward(this.conv.forward(x), { silu: true });
    return this.residual ? tf.add(x, y) : y;
  }
}
