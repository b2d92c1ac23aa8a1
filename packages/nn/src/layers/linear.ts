import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { DEFAULT_INIT, drawInitialValues, type Initialization } from './weight-init.js';

/** y = x W' + b, named as in PyTorch's `Linear`. */
export class Linear extends Module {
  /** [out, in] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | null;

  /**
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @param options whether there is a bias, by default true, and the initialization
   */
  constructor(
    inFeatures: number,
    outFeatures: number,
    rng: Rng | null,
    { bias = true, init = DEFAULT_INIT }: { bias?: boolean; init?: Initialization } = {},
  ) {
    super();
    const fans = { fanIn: inFeatures, fanOut: outFeatures };
    this.weight = new Parameter(drawInitialValues(rng, [outFeatures, inFeatures], init.mode, fans, init.weight));
    this.bias = bias ? new Parameter(drawInitialValues(rng, [outFeatures], init.mode, fans, init.bias)) : null;
  }

  /**
   * @param x [N, in]
   * @returns [N, out]
   */
  forward(x: tf.Tensor2D): tf.Tensor2D {
    const y = tf.matMul(x, this.weight.variable as tf.Tensor as tf.Tensor2D, false, true) as tf.Tensor2D;
    return this.bias === null ? y : (tf.add(y, this.bias.variable) as tf.Tensor2D);
  }
}
