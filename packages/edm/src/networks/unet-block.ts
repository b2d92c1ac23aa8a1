import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, dropout, GroupNorm, Linear, Module, silu, type Initialization } from '@onestep/nn';
import { type MaskRng, type Rng } from '@onestep/random';
import { selfAttention } from './self-attention.js';

/** Settings that all blocks of a network share. */
export interface BlockStyle {
  /** Whether convolutions and attention are in half precision, on engines that have it; the rest is always in float32. */
  half: boolean;
  embChannels: number;
  /** Number of attention heads; null for one per `channelsPerHead` channels, and none with fewer channels. */
  numHeads: number | null;
  channelsPerHead: number;
  /** Probability of dropping an activation in training. */
  dropout: number;
  /** Factor on the sum of a branch and its shortcut. */
  skipScale: number;
  /** Epsilon of the group normalizations. */
  epsilon: number;
  /** Filter of the resampling. */
  resampleFilter: readonly number[];
  /** Whether every shortcut that changes the resolution has a convolution. */
  resampleProj: boolean;
  /** Whether the embedding scales and shifts the normalized activations, or is added before the normalization. */
  adaptiveScale: boolean;
  /** Initialization of all other layers. */
  init: Initialization;
  /** Initialization of the layers that close a branch. */
  initZero: Initialization;
  /** Initialization of the query, key and value projection. */
  initAttn: Initialization;
}

/** Options of a single block. */
export interface BlockOptions {
  /** Change of the resolution (none). */
  resample?: 'up' | 'down' | null;
  /** Whether the block has self-attention (false). */
  attention?: boolean;
}

/** The residual block of DDPM++, NCSN++ and ADM, with optional change of resolution and self-attention. */
export class UNetBlock extends Module {
  readonly norm0: GroupNorm;
  readonly conv0: Conv2d;
  readonly affine: Linear;
  readonly norm1: GroupNorm;
  readonly conv1: Conv2d;
  /** The shortcut, where the block changes channels or resolution. */
  readonly skip: Conv2d | null;
  readonly norm2: GroupNorm | null;
  readonly qkv: Conv2d | null;
  readonly proj: Conv2d | null;
  private readonly style: BlockStyle;
  private readonly heads: number;

  /**
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws if the channels cannot be split into attention heads
   */
  constructor(inChannels: number, outChannels: number, style: BlockStyle, rng: Rng | null, options: BlockOptions = {}) {
    super();
    const { resample = null, attention = false } = options;
    const { half, epsilon, resampleFilter, init, initZero, initAttn } = style;
    this.style = style;
    this.heads = attention ? (style.numHeads ?? Math.floor(outChannels / style.channelsPerHead)) : 0;
    if (this.heads > 0 && outChannels % this.heads !== 0) {
      throw new Error(`${outChannels} channels cannot be split into ${this.heads} attention heads.`);
    }
    const attends = this.heads > 0;
    this.norm0 = new GroupNorm(inChannels, { epsilon });
    this.conv0 = new Conv2d(inChannels, outChannels, 3, rng, { resample, resampleFilter, half, init });
    this.affine = new Linear(style.embChannels, outChannels * (style.adaptiveScale ? 2 : 1), rng, { init });
    this.norm1 = new GroupNorm(outChannels, { epsilon });
    this.conv1 = new Conv2d(outChannels, outChannels, 3, rng, { half, init: initZero });
    const kernel = style.resampleProj || outChannels !== inChannels ? 1 : 0;
    const needsSkip = outChannels !== inChannels || resample !== null;
    this.skip = needsSkip
      ? new Conv2d(inChannels, outChannels, kernel, rng, { resample, resampleFilter, half, init })
      : null;
    this.norm2 = attends ? new GroupNorm(outChannels, { epsilon }) : null;
    this.qkv = attends ? new Conv2d(outChannels, outChannels * 3, 1, rng, { half, init: initAttn }) : null;
    this.proj = attends ? new Conv2d(outChannels, outChannels, 1, rng, { half, init: initZero }) : null;
  }

  /**
   * @param x [N, H, W, in]
   * @param emb [N or 1, embChannels]
   * @param rng source of dropout masks, required in training mode
   * @returns [N, H', W', out]
   */
  forward(x: tf.Tensor4D, emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D {
    const { skipScale, half } = this.style;
    let h = this.modulate(this.conv0.forward(this.norm0.forward(x, { silu: true })), emb);
    if (this.training) h = dropout(h, this.style.dropout, rng);
    h = this.conv1.forward(h);
    const shortcut = this.skip === null ? x : this.skip.forward(x);
    const y = scale(tf.add(h, shortcut), skipScale);
    if (this.heads === 0) return y;
    const attended = this.proj!.forward(selfAttention(this.norm2!.forward(y), this.qkv!, { heads: this.heads, half }));
    return scale(tf.add(attended, y), skipScale);
  }

  /** Normalizes, with the embedding added before or as scale and shift after, and applies SiLU. */
  private modulate(h: tf.Tensor4D, emb: tf.Tensor2D): tf.Tensor4D {
    const params = this.affine.forward(emb);
    const perImage = tf.reshape(params, [params.shape[0], 1, 1, params.shape[1]]) as tf.Tensor4D;
    if (!this.style.adaptiveScale) return this.norm1.forward(tf.add(h, perImage), { silu: true });
    const [factor, shift] = tf.split(perImage, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
    return silu(tf.add(tf.mul(this.norm1.forward(h), tf.add(factor, 1)), shift));
  }
}

function scale(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  return factor === 1 ? x : tf.mul(x, factor);
}
