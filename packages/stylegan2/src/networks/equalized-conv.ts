import * as tf from '@tensorflow/tfjs-core';
import { downsampleFiltered, filterChannels, Module, Parameter, upsampleFiltered } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { activate, clamp, LRELU_GAIN } from './activation.js';
import { firBuffer } from './fir-filter.js';
import { normalParameter } from './normal-parameter.js';

/** Options of {@link EqualizedConv2d}. */
export interface EqualizedConv2dOptions {
  /** Whether there is a bias. Default true. */
  bias?: boolean;
  /** Whether a leaky ReLU follows. Default false. */
  activation?: boolean;
  /** Whether to double (kernels of 1) or halve the resolution. Default null: neither. */
  resample?: 'up' | 'down' | null;
  /** Limit of the output, before `gain`. Default null: none. */
  clamp?: number | null;
  /** Further factor on the output. Default 1. */
  gain?: number;
}

/**
 * A convolution with an equalized learning rate, W ~ N(0, 1) used as W / sqrt(in k²), "same" padding, optional resampling with
 * the FIR filter, bias and leaky ReLU.
 */
export class EqualizedConv2d extends Module {
  /** [k, k, in, out] in memory, [out, in, k, k] in files. */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | null;
  /** [4, 4], a buffer. */
  readonly resample_filter = firBuffer();
  private readonly kernel: number;
  private readonly options: Required<EqualizedConv2dOptions>;
  private readonly scale: number;
  private readonly outputGain: number;

  /**
   * @param kernel 1 or 3
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    rng: Rng | null,
    { bias = true, activation = false, resample = null, clamp = null, gain = 1 }: EqualizedConv2dOptions = {},
  ) {
    super();
    this.kernel = kernel;
    this.options = { bias, activation, resample, clamp, gain };
    this.weight = normalParameter(rng, [kernel, kernel, inChannels, outChannels], { layout: 'conv' });
    this.bias = bias ? new Parameter(tf.zeros([outChannels])) : null;
    this.outputGain = gain * (activation ? LRELU_GAIN : 1);
    this.scale = this.outputGain / Math.sqrt(inChannels * kernel ** 2);
  }

  /**
   * @param x [N, H, W, in]
   * @returns [N, H, W, out], or with twice or half the height and width
   */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const { activation, clamp: limit, gain } = this.options;
    const bound = limit === null ? null : limit * gain;
    const y = this.convolve(x);
    const sum = this.bias === null ? y : tf.add(y, tf.mul(this.bias.variable, this.outputGain));
    return (activation ? activate(sum, bound) : clamp(sum, bound)) as tf.Tensor4D;
  }

  private convolve(x: tf.Tensor4D): tf.Tensor4D {
    const weight = tf.mul(this.weight.variable, this.scale) as tf.Tensor4D;
    const filter = this.resample_filter.variable;
    const { resample } = this.options;
    if (resample === null) return tf.conv2d(x, weight, 1, this.kernel >> 1);
    if (resample === 'up') return upsampleFiltered(tf.conv2d(x, weight, 1, 'valid'), filter, 1);
    if (this.kernel === 1) return tf.conv2d(downsampleFiltered(x, filter, 1), weight, 1, 'valid');
    return tf.conv2d(filterChannels(x, filter, 2), weight, 2, 'valid');
  }
}
