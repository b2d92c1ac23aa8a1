import * as tf from '@tensorflow/tfjs-core';
import { compiledEvaluation } from '../compiled-evaluation.js';
import type { Denoiser, DenoiserNetwork } from '../denoiser.js';

interface Inputs {
  x: tf.Tensor4D;
  sigma: tf.Tensor1D;
  labels?: tf.Tensor2D;
}

/** Runs a denoiser on values in host memory, all images at the same noise level, and counts its evaluations. */
export class HostDenoiser {
  /** Network evaluations so far (NFE). */
  evaluations = 0;
  private readonly denoiser: Denoiser;
  private readonly labels: tf.Tensor2D | undefined;

  /** @param labels [N, labelDim]; the caller keeps ownership */
  constructor(denoiser: Denoiser, labels?: tf.Tensor2D) {
    this.denoiser = denoiser;
    this.labels = labels;
  }

  /**
   * Evaluates D(x; sigma).
   *
   * @param x [N, H, W, C] row-major, rounded to float32 for the network
   * @returns [N, H, W, C] row-major
   */
  async denoise(x: Float64Array, sigma: number): Promise<Float32Array> {
    this.evaluations += 1;
    const { denoiser, labels } = this;
    const evaluate = compiledEvaluation(denoiser as Partial<DenoiserNetwork>, 'denoise', (inputs: Inputs) => ({
      denoised: denoiser.denoise(inputs.x, inputs.sigma, { labels: inputs.labels }),
    }));
    const { imgResolution: size, imgChannels: channels } = denoiser;
    const n = x.length / (size * size * channels);
    const output = tf.tidy(() => {
      const images = tf.tensor4d(Float32Array.from(x), [n, size, size, channels]);
      // An array, not tf.fill: an engine that compiles would treat a constant as part of the graph, and would compile
      // (and keep) one graph per noise level.
      return evaluate({ x: images, sigma: tf.tensor1d(new Float32Array(n).fill(sigma)), labels }).denoised;
    });
    try {
      return (await output.data()) as Float32Array;
    } finally {
      output.dispose();
    }
  }
}
