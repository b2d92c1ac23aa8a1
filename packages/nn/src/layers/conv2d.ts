import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import { Module } from '../module.js';
import { downsampleFiltered, upsampleFiltered } from '../ops/filtered-resample.js';
import { halfConv2d } from '../ops/half-convolution.js';
import { downsample2x, upsample2x } from '../ops/resample2x.js';
import { Parameter } from '../parameter.js';
import { DEFAULT_INIT, drawInitialValues, type Initialization } from './weight-init.js';

/** Options of {@link Conv2d}. */
export interface Conv2dOptions {
  /** Whether to double or halve the resolution. Default null: neither. */
  resample?: 'up' | 'down' | null;
  /**
   * Taps of the separable resampling filter, an even number. Default [1, 1], which repeats or averages
   * pixels.
   */
  resampleFilter?: readonly number[];
  /**
   * Whether to pad once for both, and to convolve first when halving, as NCSN++'s residual inputs do. Default
   * false.
   */
  fusedResample?: boolean;
  /** Whether to convolve in half precision on engines that have it. Parameters stay float32. Default false. */
  half?: boolean;
  /** Initialization of weight and bias. */
  init?: Initialization;
}

/**
 * EDM's convolution (Karras et al. 2022, code release): stride 1, "same" padding, and optional resampling by
 * 2. PyTorch's `Conv2d` has the names `weight` and `bias` too; it has a stride in place of the resampling.
 *
 * It resamples, then convolves, then adds the bias. With `fusedResample`, halving comes after the
 * convolution.
 */
export class Conv2d extends Module {
  /** [kernel, kernel, in, out] in memory, [out, in, kernel, kernel] in files; null for a kernel of 0. */
  readonly weight: Parameter | null;
  /** [out]; null for a kernel of 0. */
  readonly bias: Parameter | null;
  /** [1, 1, L, L], a buffer; null if the resolution does not change. */
  readonly resample_filter: Parameter | null;
  private readonly kernel: number;
  private readonly resample: 'up' | 'down' | null;
  private readonly taps: readonly number[];
  private readonly fused: boolean;
  private readonly half: boolean;

  /**
   * @param kernel size, odd; 0 for resampling without a convolution
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws if the resampling filter has an odd number of taps
   */
  constructor(inChannels: number, outChannels: number, kernel: number, rng: Rng | null, options: Conv2dOptions = {}) {
    super();
    const {
      resample = null,
      resampleFilter = [1, 1],
      fusedResample = false,
      half = false,
      init = DEFAULT_INIT,
    } = options;
    if (resampleFilter.length % 2 !== 0) {
      throw new Error(`A resampling filter has an even number of taps, not ${resampleFilter.length}.`);
    }
    this.kernel = kernel;
    this.resample = resample;
    this.taps = resampleFilter;
    this.fused = fusedResample;
    this.half = half;
    const fans = { fanIn: inChannels * kernel ** 2, fanOut: outChannels * kernel ** 2 };
    const draw = (shape: number[], gain: number) => drawInitialValues(rng, shape, init.mode, fans, gain);
    const weightShape = [kernel, kernel, inChannels, outChannels];
    this.weight = kernel === 0 ? null : new Parameter(draw(weightShape, init.weight), { layout: 'conv' });
    this.bias = kernel === 0 ? null : new Parameter(draw([outChannels], init.bias));
    this.resample_filter = resample === null ? null : new Parameter(outerFilter(resampleFilter), { trainable: false });
  }

  /**
   * @param x [N, H, W, in]
   * @returns [N, H, W, out], or with twice or half the height and width
   */
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
    // Two operations, so that gradients are computed only for the parameters that are differentiated.
    const weight = this.weight.variable as tf.Tensor as tf.Tensor4D;
    const y = this.half ? halfConv2d(x, weight, padding) : tf.conv2d(x, weight, 1, padding);
    return tf.add(y, this.bias!.variable);
  }
}

/** f f' / (sum of f)^2 as [1, 1, L, L]. */
function outerFilter(taps: readonly number[]): tf.Tensor {
  const sum = taps.reduce((a, b) => a + b, 0);
  const values = taps.flatMap((a) => taps.map((b) => (a * b) / sum ** 2));
  return tf.tensor(values, [1, 1, taps.length, taps.length]);
}
