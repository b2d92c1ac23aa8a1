import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter, runForwardKernelOr, scaleChannels } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { clamp } from './activation.js';
import { EqualizedLinear } from './equalized-linear.js';
import { normalParameter } from './normal-parameter.js';

/** The modulated 1x1 convolution that makes an image: no demodulation, no noise. */
export class ToRgbLayer extends Module {
  /** [1, 1, in, out] in memory, [out, in, 1, 1] in files. */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter;
  readonly affine: EqualizedLinear;
  private readonly limit: number | null;

  /**
   * @param imgChannels channels of the image
   * @param limit of the output; null for none
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   */
  constructor(inChannels: number, imgChannels: number, wDim: number, limit: number | null, rng: Rng | null) {
    super();
    this.limit = limit;
    this.weight = normalParameter(rng, [1, 1, inChannels, imgChannels], { layout: 'conv' });
    this.bias = new Parameter(tf.zeros([imgChannels]));
    this.affine = new EqualizedLinear(wDim, inChannels, rng, { bias: 1 });
  }

  /**
   * @param x [N, H, W, in]
   * @param w [N, wDim]
   * @returns [N, H, W, imgChannels]
   */
  forward(x: tf.Tensor4D, w: tf.Tensor2D): tf.Tensor4D {
    const styles = this.affine.forward(w);
    const weight = this.weight.variable as tf.Tensor as tf.Tensor4D;
    const bias = this.bias.variable;
    const gain = 1 / Math.sqrt(x.shape[3]);
    return runForwardKernelOr('ToRgbLayer', { x, styles, weight, bias }, { gain, limit: this.limit }, () => {
      const y = tf.conv2d(scaleChannels(x, tf.mul(styles, gain) as tf.Tensor2D), weight, 1, 'valid');
      return clamp(tf.add(y, bias) as tf.Tensor4D, this.limit);
    });
  }
}
