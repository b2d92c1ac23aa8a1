import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { classLabels, oneHot } from '../conditions/class-labels.js';
import { hasClasses } from '../conditions/training-labels.js';
import type { Denoiser } from '../denoiser.js';
import type { Generator } from '../generator.js';
import { ImageStreams } from '../images/image-streams.js';

/** Number of images that are compared. */
const IMAGES = 32;

/**
 * Noise levels at which the teacher denoises. Below them a teacher repairs fine detail, in images of any content; they reach
 * from there to the levels that decide about the shapes.
 */
const LEVELS = [0.5, 1, 2, 5];

/**
 * Measures whether a student learns, in the same way for every method: how much the teacher corrects the student's images.
 *
 *     R = root mean square of f_phi(x_g + sigma noise; sigma) - x_g
 *
 * over fixed latents, classes, noise and noise levels, so that two measurements of a run differ by the weights only. The
 * loss of SiD swings around zero, and the score gap begins at zero: neither shows the first progress.
 *
 * Compare R with its value at the start of the run. It falls below that within the first thousands of images of a run that
 * learns, stays where nothing moves, and rises where the student moves away from the teacher. It is an early sign and no
 * measure of quality: images with little variety are corrected less than the teacher's own.
 */
export class LearningSignal {
  private readonly teacher: Denoiser;
  private readonly batch: number;
  private readonly noise: Float32Array[];

  /** @param batch largest number of images at a time */
  constructor(teacher: Denoiser, batch = IMAGES) {
    this.teacher = teacher;
    this.batch = Math.min(batch, IMAGES);
    const rng = new Rng(0, 'learning-signal');
    const pixels = teacher.imgResolution ** 2 * teacher.imgChannels;
    this.noise = LEVELS.map(() => rng.normal(IMAGES * pixels));
  }

  /**
   * Measures a generator.
   *
   * @returns R; NaN if the generator or the teacher returns NaN
   */
  async measure(generator: Generator): Promise<number> {
    let squares = 0;
    for (let start = 0; start < IMAGES; start += this.batch) {
      squares += await this.squares(generator, start, Math.min(this.batch, IMAGES - start));
    }
    return Math.sqrt(squares / (this.noise[0]!.length * LEVELS.length));
  }

  /** The sum of the squared corrections of some of the images, over all noise levels. */
  private async squares(generator: Generator, start: number, count: number): Promise<number> {
    const { teacher } = this;
    const { imgResolution: size, imgChannels: channels } = teacher;
    const streams = new ImageStreams(Array.from({ length: count }, (_, i) => start + i));
    const latents = streams.map((rng) => generator.sampleLatents(rng, 1));
    const labels = this.labels(streams, start);
    const x = tf.tidy(() =>
      generator.generate(tf.concat(latents.map(({ data, shape }) => tf.tensor(data, shape))), labels),
    );
    const pixels = size * size * channels;
    let total = 0;
    for (const [i, level] of LEVELS.entries()) {
      const sigma = teacher.roundSigma(Math.min(Math.max(level, teacher.sigmaMin), teacher.sigmaMax));
      const squares = tf.tidy(() => {
        const share = this.noise[i]!.subarray(start * pixels, (start + count) * pixels);
        const noisy = tf.add(x, tf.mul(tf.tensor4d(share, [count, size, size, channels]), sigma)) as tf.Tensor4D;
        const denoised = teacher.denoise(noisy, tf.fill([count], sigma) as tf.Tensor1D, { labels });
        return tf.sum(tf.squaredDifference(denoised, x));
      });
      total += (await squares.data())[0]!;
      squares.dispose();
    }
    tf.dispose(labels === undefined ? x : [x, labels]);
    return total;
  }

  /** Labels of the images: the classes in turn, or vectors as they are drawn in training. */
  private labels(streams: ImageStreams, start: number): tf.Tensor2D | undefined {
    const { teacher } = this;
    if (!hasClasses(teacher)) return classLabels(streams, teacher);
    const all = Array.from({ length: teacher.labelDim }, (_, index) => index);
    const shown = all.filter((index) => (teacher.labels?.frequencies?.[index] ?? 1) > 0);
    const classes = Array.from({ length: streams.count }, (_, i) => shown[(start + i) % shown.length]!);
    return oneHot(classes, teacher.labelDim);
  }
}
