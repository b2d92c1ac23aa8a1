import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter, runForwardKernelOr } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { activate, LRELU_GAIN, SLOPE } from './activation.js';
import { normalParameter } from './normal-parameter.js';

/** Options of {@link EqualizedLinear}. */
export interface EqualizedLinearOptions {
  /** Initial value of the biases. Default 0. */
  bias?: number;
  /** Factor m on learning rates: weights are stored divided by it. Default 1. */
  lrMultiplier?: number;
  /** Whether a leaky ReLU follows. Default false. */
  activation?: boolean;
}

/**
 * A dense layer with an equalized learning rate (Karras et al. 2018): y = (m / sqrt(in)) x W' + m b, W ~ N(0, 1 / m²).
 */
export class EqualizedLinear extends Module {
  /** [out, in] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter;
  private readonly scale: number;
  private readonly biasScale: number;
  private readonly isActivated: boolean;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(inFeatures: number, outFeatures: number, rng: Rng | null, options: EqualizedLinearOptions = {}) {
    super();
    const { bias = 0, lrMultiplier = 1, activation = false } = options;
    this.weight = normalParameter(rng, [outFeatures, inFeatures], { scale: 1 / lrMultiplier });
    this.bias = new Parameter(tf.fill([outFeatures], bias));
    const gain = activation ? LRELU_GAIN : 1;
    this.scale = (gain * lrMultiplier) / Math.sqrt(inFeatures);
    this.biasScale = gain * lrMultiplier;
    this.isActivated = activation;
  }

  /**
   * @param x [N, in]
   * @returns [N, out]
   */
  forward(x: tf.Tensor2D): tf.Tensor2D {
    const { scale, biasScale } = this;
    const inputs = { x, weight: this.weight.variable, bias: this.bias.variable };
    const attrs = { scale, biasScale, slope: this.isActivated ? SLOPE : 1 };
    return runForwardKernelOr('EqualizedLinear', inputs, attrs, () => this.compose(x));
  }

  private compose(x: tf.Tensor2D): tf.Tensor2D {
    const weight = tf.mul(this.weight.variable, this.scale) as tf.Tensor2D;
    const bias = this.biasScale === 1 ? this.bias.variable : tf.mul(this.bias.variable, this.biasScale);
    const y = tf.add(tf.matMul(x, weight, false, true), bias) as tf.Tensor2D;
    return this.isActivated ? activate(y, null) : y;
  }
}
