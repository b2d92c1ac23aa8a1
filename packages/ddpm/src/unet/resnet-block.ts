import * as tf from '@tensorflow/tfjs-core';
import { Conv2d, downsample2x, dropout, GroupNorm, Linear, Module, silu, upsample2x } from '@onestep/nn';
import type { MaskRng, Rng } from '@onestep/random';
import type { BlockStyle } from './block-style.js';

/** Options of a single block. */
export interface ResnetOptions {
  /** Change of the resolution, of the branch and of the shortcut (none). */
  resample?: 'up' | 'down' | null;
  /** Divisor of the sum of the branch and its shortcut (1). */
  divisor?: number;
}

/** The residual block of DDPM (Ho et al. 2020) and ADM (Dhariwal & Nichol 2021), with diffusers' names. */
export class ResnetBlock extends Module {
  readonly norm1: GroupNorm;
  readonly conv1: Conv2d;
  readonly time_emb_proj: Linear;
  readonly norm2: GroupNorm;
  readonly conv2: Conv2d;
  /** The 1x1 convolution of the shortcut, where the block changes the number of channels. */
  readonly conv_shortcut: Conv2d | null;
  private readonly style: BlockStyle;
  private readonly resample: 'up' | 'down' | null;
  private readonly divisor: number;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(
    inChannels: number,
    outChannels: number,
    style: BlockStyle,
    rng: Rng | null,
    { resample = null, divisor = 1 }: ResnetOptions = {},
  ) {
    super();
    const { normGroups: groups, normEpsilon: epsilon, half } = style;
    this.style = style;
    this.resample = resample;
    this.divisor = divisor;
    this.norm1 = new GroupNorm(inChannels, { groups, epsilon });
    this.conv1 = new Conv2d(inChannels, outChannels, 3, rng, { half });
    this.time_emb_proj = new Linear(style.embeddingChannels, outChannels * (style.scaleShift ? 2 : 1), rng);
    this.norm2 = new GroupNorm(outChannels, { groups, epsilon });
    this.conv2 = new Conv2d(outChannels, outChannels, 3, rng, { half });
    this.conv_shortcut = inChannels === outChannels ? null : new Conv2d(inChannels, outChannels, 1, rng, { half });
  }

  /**
   * @param x [N, H, W, in]
   * @param emb [N, embeddingChannels], after SiLU
   * @param rng source of dropout masks, required in training mode with dropout
   * @returns [N, H', W', out]
   */
  forward(x: tf.Tensor4D, emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D {
    let h = this.conv1.forward(this.changeResolution(this.norm1.forward(x, { silu: true })));
    h = this.modulate(h, emb);
    if (this.training) h = dropout(h, this.style.dropout, rng);
    h = this.conv2.forward(h);
    const shortcut = this.changeResolution(x);
    const sum = tf.add(h, this.conv_shortcut?.forward(shortcut) ?? shortcut) as tf.Tensor4D;
    return this.divisor === 1 ? sum : tf.div(sum, this.divisor);
  }

  /** Normalizes, with the embedding added before or as scale and shift after, and applies SiLU. */
  private modulate(h: tf.Tensor4D, emb: tf.Tensor2D): tf.Tensor4D {
    const params = this.time_emb_proj.forward(emb);
    const perImage = tf.reshape(params, [params.shape[0], 1, 1, params.shape[1]]) as tf.Tensor4D;
    if (!this.style.scaleShift) return this.norm2.forward(tf.add(h, perImage), { silu: true });
    const [scale, shift] = tf.split(perImage, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
    return silu(tf.add(tf.mul(this.norm2.forward(h), tf.add(scale, 1)), shift));
  }

  private changeResolution(x: tf.Tensor4D): tf.Tensor4D {
    if (this.resample === null) return x;
    return this.resample === 'up' ? upsample2x(x) : downsample2x(x);
  }
}
