import * as tf from '@tensorflow/tfjs-core';
import { compileStep, type Step } from '@onestep/nn';
import { isNetwork, type Denoiser } from '../denoiser.js';

type Evaluation = Step<{ x: tf.Tensor4D; sigma: tf.Tensor1D; labels?: tf.Tensor2D }, { denoised: tf.Tensor4D }>;

/** The compiled evaluation of a network. */
const compiled = new WeakMap<Denoiser, Evaluation>();

/** Engines that can do so replay a network in evaluation mode, which depends on its settings, its weights and the inputs alone. */
function evaluationOf(denoiser: Denoiser): Evaluation {
  const evaluate: Evaluation = ({ x, sigma, labels }) => ({ denoised: denoiser.denoise(x, sigma, { labels }) });
  if (!isNetwork(denoiser) || denoiser.module.training) return evaluate;
  const run = compiled.get(denoiser) ?? compileStep(evaluate);
  compiled.set(denoiser, run);
  return run;
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
    const evaluate = evaluationOf(denoiser);
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
