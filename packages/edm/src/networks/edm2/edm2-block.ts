import * as tf from '@tensorflow/tfjs-core';
import { attention, downsample2x, dropout, halfMatMul, Module, Parameter, upsample2x } from '@onestep/nn';
import type { MaskRng, Rng } from '@onestep/random';
import type { Edm2UNetSettings } from './edm2-settings.js';
import { mpSilu, mpSum, normalizeMagnitude } from './magnitude-preserving.js';
import { MpConv, MpLinear } from './mp-conv.js';

/** Options of a single block. */
export interface Edm2BlockOptions {
  /** Encoder blocks normalize their input, and change its channels before the branch; decoder blocks after it. */
  flavor: 'enc' | 'dec';
  /** Change of the resolution (none). */
  resample?: 'up' | 'down' | null;
  /** Whether the block has self-attention (false). */
  attention?: boolean;
}

/** Settings that all blocks of a network share. */
export interface Edm2BlockStyle {
  embChannels: number;
  half: boolean;
  model: Edm2UNetSettings;
}

/** The magnitude-preserving block of Karras et al. 2024 (Figure 21, configuration G). */
export class Edm2Block extends Module {
  /** [], the gain of the embedding. */
  readonly emb_gain: Parameter;
  readonly conv_res0: MpConv;
  readonly emb_linear: MpLinear;
  readonly conv_res1: MpConv;
  readonly conv_skip: MpConv | null;
  readonly attn_qkv: MpConv | null;
  readonly attn_proj: MpConv | null;
  private readonly style: Edm2BlockStyle;
  private readonly flavor: 'enc' | 'dec';
  private readonly resample: 'up' | 'down' | null;
  private readonly heads: number;

  /**
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws if the channels cannot be split into attention heads
   */
  constructor(
    inChannels: number,
    outChannels: number,
    style: Edm2BlockStyle,
    rng: Rng | null,
    { flavor, resample = null, attention: attends = false }: Edm2BlockOptions,
  ) {
    super();
    const { half, embChannels } = style;
    this.style = style;
    this.flavor = flavor;
    this.resample = resample;
    this.heads = attends ? Math.floor(outChannels / style.model.channelsPerHead) : 0;
    if (this.heads > 0 && outChannels % this.heads !== 0) {
      throw new Error(`${outChannels} channels cannot be split into ${this.heads} attention heads.`);
    }
    const hasAttention = this.heads > 0;
    this.emb_gain = new Parameter(tf.scalar(0));
    this.conv_res0 = new MpConv(flavor === 'enc' ? outChannels : inChannels, outChannels, 3, half, rng);
    this.emb_linear = new MpLinear(embChannels, outChannels, rng);
    this.conv_res1 = new MpConv(outChannels, outChannels, 3, half, rng);
    this.conv_skip = inChannels === outChannels ? null : new MpConv(inChannels, outChannels, 1, half, rng);
    this.attn_qkv = hasAttention ? new MpConv(outChannels, 3 * outChannels, 1, half, rng) : null;
    this.attn_proj = hasAttention ? new MpConv(outChannels, outChannels, 1, half, rng) : null;
  }

  /**
   * @param input [N, H, W, in]
   * @param emb [N or 1, embChannels]
   * @param rng source of dropout masks, required in training mode with dropout
   * @returns [N, H', W', out]
   */
  forward(input: tf.Tensor4D, emb: tf.Tensor2D, rng?: MaskRng): tf.Tensor4D {
    const { resBalance, attnBalance, clipAct, dropout: rate } = this.style.model;
    let x = this.changeResolution(input);
    if (this.flavor === 'enc') x = normalizeMagnitude(this.conv_skip?.forward(x) ?? x, [3]);
    let y = this.conv_res0.forward(mpSilu(x));
    const factor = tf.add(this.emb_linear.forward(emb, this.emb_gain.variable as tf.Tensor as tf.Scalar), 1);
    y = mpSilu(tf.mul(y, tf.reshape(factor, [factor.shape[0]!, 1, 1, factor.shape[1]!])) as tf.Tensor4D);
    if (this.training) y = dropout(y, rate, rng);
    y = this.conv_res1.forward(y);
    if (this.flavor === 'dec') x = this.conv_skip?.forward(x) ?? x;
    x = mpSum(x, y, resBalance);
    if (this.heads > 0) x = mpSum(x, this.attn_proj!.forward(this.attend(x)), attnBalance);
    return clipAct === 0 ? x : tf.clipByValue(x, -clipAct, clipAct);
  }

  private changeResolution(x: tf.Tensor4D): tf.Tensor4D {
    if (this.resample === null) return x;
    return this.resample === 'up' ? upsample2x(x) : downsample2x(x);
  }

  /** Self-attention with queries, keys and values of unit magnitude. Channel 3 c + j of `attn_qkv` is channel c of kind j. */
  private attend(x: tf.Tensor4D): tf.Tensor4D {
    const { heads } = this;
    const { half } = this.style;
    const [n, h, w, c] = x.shape;
    const pixels = tf.reshape(x, [n * h * w, c]) as tf.Tensor2D;
    const weights = tf.unstack(tf.reshape(this.attn_qkv!.normalizedWeight(), [c, c, 3]), 2) as tf.Tensor2D[];
    const [q, k, v] = weights.map((weight) => {
      const projected = half ? halfMatMul(pixels, weight) : (tf.matMul(pixels, weight) as tf.Tensor2D);
      const split = tf.reshape(projected, [n, h * w, heads, c / heads]) as tf.Tensor4D;
      const byHead = tf.transpose(normalizeMagnitude(split, [3]), [0, 2, 1, 3]);
      return tf.reshape(byHead, [n * heads, h * w, c / heads]) as tf.Tensor3D;
    }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
    const attended = tf.reshape(attention(q, k, v, { half }), [n, heads, h * w, c / heads]);
    return tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [n, h, w, c]);
  }
}
