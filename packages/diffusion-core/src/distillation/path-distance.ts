import * as tf from '@tensorflow/tfjs-core';
import type { Denoiser } from '../denoiser.js';
import type { Generator } from '../generator.js';
import { edmSampler } from '../samplers/edm-sampler.js';
import { signalInputs, SIGNAL_IMAGES, sumOverImages } from './signal-images.js';

/**
 * Measures whether a student learns that begins at a high noise level: how far its images are from those at the ends of the
 * teacher's paths from the same noise.
 *
 *     root mean square of G(z) - x(0), where x(sigma_init) = sigma_init z
 *
 * A copy of the teacher makes the mean of all images there, which the teacher hardly corrects: `LearningSignal` is low at the
 * start, and rises as images appear. This distance falls then. It is computed over fixed latents and classes, and the ends of
 * the paths once.
 *
 * It is an early sign and no measure of quality. A student that matches distributions may make other images of the same noise.
 */
export class PathDistance {
  readonly statistic = 'Path_distance';
  private readonly teacher: Denoiser;
  private readonly initSigma: number;
  private readonly batch: number;
  /** The images at the ends, by the index of the first one. */
  private readonly ends = new Map<number, Float64Array>();

  /**
   * @param initSigma noise level of the generators' input
   * @param batch largest number of images at a time
   */
  constructor(teacher: Denoiser, initSigma: number, batch = SIGNAL_IMAGES) {
    this.teacher = teacher;
    this.initSigma = initSigma;
    this.batch = batch;
  }

  /**
   * Measures a generator. The first time takes longer: the teacher makes its images.
   *
   * @returns NaN if the generator or the teacher returns NaN
   * @throws the signal's reason if it fires
   */
  async measure(generator: Generator, signal?: AbortSignal): Promise<number> {
    const { imgResolution: size, imgChannels: channels } = this.teacher;
    const squares = await sumOverImages(this.batch, (start, count) => this.squares(generator, start, count, signal));
    return Math.sqrt(squares / (SIGNAL_IMAGES * size ** 2 * channels));
  }

  private async squares(generator: Generator, start: number, count: number, signal?: AbortSignal): Promise<number> {
    const { latents, labels } = signalInputs(this.teacher, generator, start, count);
    try {
      const ends = this.ends.get(start) ?? (await this.follow(latents, labels, signal));
      this.ends.set(start, ends);
      const images = tf.tidy(() => generator.generate(latents, labels));
      const values = (await images.data()) as Float32Array;
      images.dispose();
      return values.reduce((sum, value, i) => sum + (value - ends[i]!) ** 2, 0);
    } finally {
      tf.dispose(labels === undefined ? latents : [latents, labels]);
    }
  }

  /** The ends of the teacher's paths from noise, in the 18 steps that pairs are made with. */
  private async follow(z: tf.Tensor, labels: tf.Tensor2D | undefined, signal?: AbortSignal): Promise<Float64Array> {
    const latents = (await z.data()) as Float32Array;
    const options = { sigmaMax: this.initSigma };
    const noise = () => new Float32Array(latents.length);
    const { images } = await edmSampler({ denoiser: this.teacher, latents, labels, noise, options, signal });
    return images;
  }
}
