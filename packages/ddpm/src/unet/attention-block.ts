import * as tf from '@tensorflow/tfjs-core';
import { attention, GroupNorm, halfMatMul, Linear, Module, ModuleDict } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import type { BlockStyle } from './block-style.js';

/** Options of a single block. */
export interface AttentionOptions {
  /** Groups of the normalization; 0 for none. Default: those of the style. */
  groups?: number;
  /** Divisor of the sum of the attention and its input (1). */
  divisor?: number;
}

/** Self-attention over the pixels of an image, with diffusers' names. */
export class AttentionBlock extends Module {
  readonly group_norm: GroupNorm | null;
  readonly to_q: Linear;
  readonly to_k: Linear;
  readonly to_v: Linear;
  readonly to_out = new ModuleDict<Linear>();
  private readonly heads: number;
  private readonly half: boolean;
  private readonly divisor: number;

  /**
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws if the channels are fewer than a head has, or cannot be split into the number of heads
   */
  constructor(
    channels: number,
    style: BlockStyle,
    rng: Rng | null,
    { groups = style.normGroups, divisor = 1 }: AttentionOptions = {},
  ) {
    super();
    const { headChannels, numHeads, normEpsilon: epsilon, half } = style;
    this.heads = headChannels === 0 ? numHeads : Math.floor(channels / headChannels);
    if (this.heads < 1 || (headChannels === 0 && channels % numHeads !== 0)) {
      const heads = headChannels === 0 ? `${numHeads} attention heads` : `attention heads of ${headChannels}`;
      throw new Error(`${channels} channels cannot be split into ${heads}.`);
    }
    const width = headChannels === 0 ? channels : this.heads * headChannels;
    this.half = half;
    this.divisor = divisor;
    this.group_norm = groups === 0 ? null : new GroupNorm(channels, { groups, epsilon });
    this.to_q = new Linear(channels, width, rng);
    this.to_k = new Linear(channels, width, rng);
    this.to_v = new Linear(channels, width, rng);
    this.to_out.add('0', new Linear(width, channels, rng));
  }

  /**
   * @param x [N, H, W, C]
   * @returns [N, H, W, C]
   */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [n, h, w, c] = x.shape;
    const pixels = tf.reshape(this.group_norm?.forward(x) ?? x, [n * h * w, c]) as tf.Tensor2D;
    const [q, k, v] = [this.to_q, this.to_k, this.to_v].map((layer) =>
      this.splitHeads(this.project(pixels, layer), n, h * w),
    ) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
    const attended = this.mergeHeads(attention(q, k, v, { half: this.half }));
    const sum = tf.add(tf.reshape(this.project(attended, this.out), [n, h, w, c]), x) as tf.Tensor4D;
    return this.divisor === 1 ? sum : tf.div(sum, this.divisor);
  }

  private get out(): Linear {
    return this.to_out.entries()[0]![1];
  }

  private project(x: tf.Tensor2D, layer: Linear): tf.Tensor2D {
    if (!this.half) return layer.forward(x);
    const weight = layer.weight.variable as tf.Tensor as tf.Tensor2D;
    return tf.add(halfMatMul(x, weight, false, true), layer.bias!.variable) as tf.Tensor2D;
  }

  /** [N T, C] to [N heads, T, c]. */
  private splitHeads(x: tf.Tensor2D, n: number, t: number): tf.Tensor3D {
    const c = x.shape[1] / this.heads;
    if (this.heads === 1) return tf.reshape(x, [n, t, c]);
    const split = tf.transpose(tf.reshape(x, [n, t, this.heads, c]), [0, 2, 1, 3]);
    return tf.reshape(split, [n * this.heads, t, c]);
  }

  /** [N heads, T, c] to [N T, C]. */
  private mergeHeads(x: tf.Tensor3D): tf.Tensor2D {
    const [batch, t, c] = x.shape;
    const n = batch / this.heads;
    const merged = this.heads === 1 ? x : tf.transpose(tf.reshape(x, [n, this.heads, t, c]), [0, 2, 1, 3]);
    return tf.reshape(merged, [n * t, this.heads * c]);
  }
}
