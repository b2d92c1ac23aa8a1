import * as tf from '@tensorflow/tfjs-core';
import { filterChannels, Module, Parameter, runForwardKernelOr, scaleChannels } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { activate, LRELU_GAIN, SLOPE } from './activation.js';
import { EqualizedLinear } from './equalized-linear.js';
import { firBuffer } from './fir-filter.js';
import { demodulation, EPSILON } from './modulation.js';
import { normalParameter } from './normal-parameter.js';

/** Options of {@link SynthesisLayer}. */
export interface SynthesisLayerOptions {
  wDim: number;
  /** Height and width of the output. */
  resolution: number;
  /** Whether the layer doubles the resolution. */
  up: boolean;
  useNoise: boolean;
  /** Limit of the output, before `gain`; null for none. */
  clamp: number | null;
  /** Further factor on the output. Default 1. */
  gain?: number;
}

/** A modulated 3x3 convolution, noise, bias and leaky ReLU (Fig. 2, Karras et al. 2020). */
export class SynthesisLayer extends Module {
  /** [3, 3, in, out] in memory, [out, in, 3, 3] in files. */
  readonly weight: Parameter;
  /** Scalar; null for a layer without noise. */
  readonly noise_strength: Parameter | null;
  /** [out] */
  readonly bias: Parameter;
  /** [4, 4], a buffer. */
  readonly resample_filter = firBuffer();
  /** [resolution, resolution], a buffer: the noise that is always the same. Null for a layer without noise. */
  readonly noise_const: Parameter | null;
  /** Computes the styles from w. */
  readonly affine: EqualizedLinear;
  readonly resolution: number;
  private readonly up: boolean;
  private readonly outputGain: number;
  private readonly limit: number | null;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(inChannels: number, outChannels: number, rng: Rng | null, options: SynthesisLayerOptions) {
    super();
    const { wDim, resolution, up, useNoise, clamp, gain = 1 } = options;
    this.resolution = resolution;
    this.up = up;
    this.outputGain = LRELU_GAIN * gain;
    this.limit = clamp === null ? null : clamp * gain;
    this.weight = normalParameter(rng, [3, 3, inChannels, outChannels], { layout: 'conv' });
    this.noise_strength = useNoise ? new Parameter(tf.scalar(0)) : null;
    this.bias = new Parameter(tf.zeros([outChannels]));
    this.noise_const = useNoise ? normalParameter(rng, [resolution, resolution], { trainable: false }) : null;
    this.affine = new EqualizedLinear(wDim, inChannels, rng, { bias: 1 });
  }

  /**
   * @param x [N, H, W, in]
   * @param w [N, wDim]
   * @param noise [N or 1, resolution, resolution, 1]; null for none
   * @returns [N, resolution, resolution, out]
   */
  forward(x: tf.Tensor4D, w: tf.Tensor2D, noise: tf.Tensor4D | null): tf.Tensor4D {
    const styles = this.affine.forward(w);
    const hasNoise = noise !== null && this.noise_strength !== null;
    const inputs = {
      x,
      styles,
      weight: this.weight.variable,
      bias: this.bias.variable,
      filter: this.resample_filter.variable,
      ...(hasNoise && { noise, strength: this.noise_strength.variable }),
    };
    const attrs = { up: this.up, epsilon: EPSILON, gain: this.outputGain, slope: SLOPE, limit: this.limit };
    return runForwardKernelOr('SynthesisLayer', inputs, attrs, () => this.compose(x, styles, noise));
  }

  private compose(x: tf.Tensor4D, styles: tf.Tensor2D, noise: tf.Tensor4D | null): tf.Tensor4D {
    const weight = this.weight.variable as tf.Tensor as tf.Tensor4D;
    const y = this.convolve(scaleChannels(x, styles), weight);
    // Upsampling spreads each pixel over four.
    const gain = this.up ? 4 * this.outputGain : this.outputGain;
    const demodulated = scaleChannels(y, tf.mul(demodulation(weight, styles), gain) as tf.Tensor2D);
    const noisy =
      noise === null || this.noise_strength === null
        ? demodulated
        : tf.add(demodulated, tf.mul(noise, tf.mul(this.noise_strength.variable, this.outputGain)));
    return activate(tf.add(noisy, tf.mul(this.bias.variable, this.outputGain)) as tf.Tensor4D, this.limit);
  }

  private convolve(x: tf.Tensor4D, weight: tf.Tensor4D): tf.Tensor4D {
    if (!this.up) return tf.conv2d(x, weight, 1, 1);
    const [n, h, width] = x.shape;
    // The filter comes after the convolution: equal, because nothing is cut in between.
    const size: [number, number, number, number] = [n, 2 * h + 1, 2 * width + 1, weight.shape[3]];
    const spread = tf.conv2dTranspose(x, tf.transpose(weight, [0, 1, 3, 2]), size, 2, 'valid');
    return filterChannels(spread, this.resample_filter.variable, 1);
  }
}
