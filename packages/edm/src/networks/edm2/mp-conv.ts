import * as tf from '@tensorflow/tfjs-core';
import { halfConv2d, Module, Parameter } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { normalizeMagnitude } from './magnitude-preserving.js';

/** A convolution without bias, whose weights are normalized in each forward pass: Eq. (47), Karras et al. 2024. */
export class MpConv extends Module {
  /** [kernel, kernel, in, out] in memory, [out, in, kernel, kernel] in files. */
  readonly weight: Parameter;
  private readonly kernel: number;
  private readonly half: boolean;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(inChannels: number, outChannels: number, kernel: number, half: boolean, rng: Rng | null) {
    super();
    this.kernel = kernel;
    this.half = half;
    this.weight = new Parameter(drawNormal([kernel, kernel, inChannels, outChannels], rng), { layout: 'conv' });
  }

  /**
   * @param x [N, H, W, in]
   * @param gain scalar factor of the output (1)
   * @returns [N, H, W, out]
   */
  forward(x: tf.Tensor4D, gain?: tf.Scalar): tf.Tensor4D {
    const weight = this.normalizedWeight(gain);
    const padding = this.kernel >> 1;
    return this.half ? halfConv2d(x, weight, padding) : tf.conv2d(x, weight, 1, padding);
  }

  /** The weights that are used: [kernel, kernel, in, out]. */
  normalizedWeight(gain?: tf.Scalar): tf.Tensor4D {
    return normalizeWeight(this.weight.variable as tf.Tensor as tf.Tensor4D, [0, 1, 2], gain);
  }
}

/** The same for vectors. */
export class MpLinear extends Module {
  /** [out, in] */
  readonly weight: Parameter;

  /** @param options whether it is trained (true) */
  constructor(inFeatures: number, outFeatures: number, rng: Rng | null, { trainable = true } = {}) {
    super();
    this.weight = new Parameter(drawNormal([outFeatures, inFeatures], rng), { trainable });
  }

  /**
   * @param x [N, in]
   * @param gain scalar factor of the output (1)
   * @returns [N, out]
   */
  forward(x: tf.Tensor2D, gain?: tf.Scalar): tf.Tensor2D {
    const weight = normalizeWeight(this.weight.variable as tf.Tensor as tf.Tensor2D, [1], gain);
    return tf.matMul(x, weight, false, true);
  }
}

function normalizeWeight<T extends tf.Tensor>(weight: T, axes: number[], gain: tf.Scalar | undefined): T {
  const fanIn = axes.reduce((product, axis) => product * weight.shape[axis]!, 1);
  const normalized = tf.mul(normalizeMagnitude(weight, axes), 1 / Math.sqrt(fanIn)) as T;
  return gain === undefined ? normalized : (tf.mul(normalized, gain) as T);
}

function drawNormal(shape: number[], rng: Rng | null): tf.Tensor {
  return rng === null
    ? tf.zeros(shape)
    : tf.tensor(rng.normal(shape.reduce((product, size) => product * size, 1)), shape);
}
