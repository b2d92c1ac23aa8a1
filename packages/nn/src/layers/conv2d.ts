import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';
import { downsampleFiltered, upsampleFiltered } from '../ops/filtered-resample.js';
import { downsample2x, upsample2x } from '../ops/resample2x.js';
import { Parameter } from '../parameter.js';
import type { Rng } from '@onestep/random';
import { DEFAULT_INIT, initialValues, type Initialization } from './weight-init.js';

/** Options of {@link Conv2d}. */
export interface Conv2dOptions {
  /** Resolution of the output against the input's. */
  resample?: 'up' | 'down' | null;
  /** Taps of the separable resampling filter; [1, 1] repeats pixels or averages them. */
  resampleFilter?: readonly number[];
  /** Pads once for both and convolves first when halving: NCSN++'s residual inputs. */
  fusedResample?: boolean;
  init?: Initialization;
}

/**
 * A convolution with "same" padding, optionally with a change of resolution by 2 beside it.
 *
 * The order is the published one (Karras et al. 2022, code release): resample, then convolve, then add the bias; with
 * `fusedResample`, halving comes after the convolution.
 */
export class Conv2d extends Module {
  /** HWIO in memory, OIHW in files; null for a kernel of 0, which only resamples. */
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  /** [1, 1, L, L], present if the resolution changes. */
  readonly resample_filter: Parameter | null;
  private readonly kernel: number;
  private readonly resample: 'up' | 'down' | null;
  private readonly taps: readonly number[];
  private readonly fused: boolean;

  /** @param kernel odd size, or 0 for resampling only; @param rng draws the initial weights; null leaves them zero */
  constructor(inChannels: number, outChannels: number, kernel: number, rng: Rng | null, options: Conv2dOptions = {}) {
    super();
    const { resample = null, resampleFilter = [1, 1], fusedResample = false, init = DEFAULT_INIT } = options;
    if (resampleFilter.length % 2 !== 0)
      throw new Error(`A resampling filter has an even number of taps, not ${resampleFilter.length}.`);
    this.kernel = kernel;
    this.resample = resample;
    this.taps = resampleFilter;
    this.fused = fusedResample;
    const fans = { fanIn: inChannels * kernel ** 2, fanOut: outChannels * kernel ** 2 };
    const draw = (shape: number[], gain: number) => initialValues(rng, shape, init.mode, fans, gain);
    const weightShape = [kernel, kernel, inChannels, outChannels];
    this.weight = kernel === 0 ? null : new Parameter(draw(weightShape, init.weight), { layout: 'conv' });
    this.bias = kernel === 0 ? null : new Parameter(draw([outChannels], init.bias));
    this.resample_filter = resample === null ? null : new Parameter(outerFilter(resampleFilter), { trainable: false });
  }

  /** @param x [N, H, W, in]; @returns [N, H, W, out], or with twice or half the resolution */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const filterPadding = (this.taps.length - 1) >> 1;
    const kernelPadding = this.kernel >> 1;
    if (!this.fused || this.resample === null || this.kernel === 0) {
      return this.convolve(this.changeResolution(x, filterPadding), kernelPadding);
    }
    if (this.resample === 'down') {
      return this.changeResolution(this.convolve(x, kernelPadding + filterPadding), 0);
    }
    const upsampled = this.changeResolution(x, Math.max(filterPadding - kernelPadding, 0));
    return this.convolve(upsampled, Math.max(kernelPadding - filterPadding, 0));
  }

  private changeResolution(x: tf.Tensor4D, padding: number): tf.Tensor4D {
    if (this.resample === null) return x;
    if (this.taps.length === 2 && this.taps[0] === this.taps[1]) {
      return this.resample === 'up' ? upsample2x(x) : downsample2x(x);
    }
    const filter = this.resample_filter!.variable;
    return this.resample === 'up' ? upsampleFiltered(x, filter, padding) : downsampleFiltered(x, filter, padding);
  }

  private convolve(x: tf.Tensor4D, padding: number): tf.Tensor4D {
    if (this.weight === null) return x;
    // Convolution and bias are two operations: their gradients are then computed only for what is differentiated.
    const y = tf.conv2d(x, this.weight.variable as tf.Tensor as tf.Tensor4D, 1, padding);
    return tf.add(y, this.bias!.variable);
  }
}

/** f f' / (sum of f)^2 as [1, 1, L, L]. */
function outerFilter(taps: readonly number[]): tf.Tensor {
  const sum = taps.reduce((a, b) => a + b, 0);
  const values = taps.flatMap((a) => taps.map((b) => (a * b) / sum ** 2));
  return tf.tensor(values, [1, 1, taps.length, taps.length]);
}
