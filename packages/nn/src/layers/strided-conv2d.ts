import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { drawInitialValues, TORCH_INIT, type Initialization } from './weight-init.js';

/** Options of {@link StridedConv2d}. */
export interface StridedConv2dOptions {
  /** Step of the kernel, in pixels. Default 1. */
  stride?: number;
  /** Zeros added on every side. Default 0. */
  padding?: number;
  /** Initialization of weight and bias. Default: PyTorch's for this layer. */
  init?: Initialization;
}

/** PyTorch's `Conv2d`: any kernel, stride and padding, with its names and its initial distribution. */
export class StridedConv2d extends Module {
  /** [kernel, kernel, in, out] in memory, [out, in, kernel, kernel] in files. */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter;
  private readonly stride: number;
  private readonly padding: number;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    rng: Rng | null,
    { stride = 1, padding = 0, init = TORCH_INIT }: StridedConv2dOptions = {},
  ) {
    super();
    this.stride = stride;
    this.padding = padding;
    const fans = { fanIn: inChannels * kernel ** 2, fanOut: outChannels * kernel ** 2 };
    const draw = (shape: number[], gain: number) => drawInitialValues(rng, shape, init.mode, fans, gain);
    this.weight = new Parameter(draw([kernel, kernel, inChannels, outChannels], init.weight), { layout: 'conv' });
    this.bias = new Parameter(draw([outChannels], init.bias));
  }

  /**
   * @param x [N, H, W, in]
   * @returns [N, H', W', out], with H' = floor((H + 2 padding - kernel) / stride) + 1
   */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const weight = this.weight.variable as tf.Tensor as tf.Tensor4D;
    // Two operations, so that gradients are computed only for the parameters that are differentiated.
    return tf.add(tf.conv2d(x, weight, this.stride, this.padding, 'NHWC', 1, 'floor'), this.bias.variable);
  }
}
