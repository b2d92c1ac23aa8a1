import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import type { TrainingLabels } from '../conditions/training-labels.js';
import type { Denoiser } from '../denoiser.js';
import type { Generator } from '../generator.js';
import { PathDistance } from './path-distance.js';
import { signalInputs, SIGNAL_IMAGES, sumOverImages } from './signal-images.js';

/**
 * Noise levels at which the teacher denoises. Below them a teacher repairs fine detail, in images of any content; they reach
 * from there to the levels that decide about the shapes.
 */
const LEVELS = [0.5, 1, 2, 5];

/** What tells whether a student learns: its value falls below that at the start of the run. */
export interface StudentSignal {
  /** Name of the value in statistics. */
  readonly statistic: string;
  /**
   * @returns NaN if the generator or the teacher returns NaN
   * @throws the signal's reason if it fires
   */
  measure(generator: Generator, signal?: AbortSignal): Promise<number>;
}

/**
 * Chooses what tells whether a student learns: {@link LearningSignal} or, for one whose input has a higher noise level than
 * those at which the teacher corrects its images, {@link PathDistance}.
 *
 * @param batch largest number of images at a time
 * @param statistic name of the value, in place of the choice, such as that of a run that is resumed
 * @param labels that the student learns, in place of those in the teacher's file
 */
export function chooseSignal(
  teacher: Denoiser,
  generator: Generator,
  { batch, statistic, labels = teacher.labels }: { batch?: number; statistic?: string; labels?: TrainingLabels } = {},
): StudentSignal {
  const relabeled = Object.create(teacher, { labels: { value: labels } }) as Denoiser;
  const { initSigma } = generator as { initSigma?: number };
  const path = initSigma === undefined ? null : new PathDistance(relabeled, initSigma, batch);
  const isChosen = statistic === undefined ? initSigma! > Math.max(...LEVELS) : statistic === path?.statistic;
  return path !== null && isChosen ? path : new LearningSignal(relabeled, batch);
}

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
 * measure of quality: images with little variety are corrected less than the teacher's own. For that reason it does not suit a
 * student that begins with the mean of all images: see {@link PathDistance}.
 */
export class LearningSignal implements StudentSignal {
  readonly statistic = 'Teacher_correction';
  private readonly teacher: Denoiser;
  private readonly batch: number;
  private readonly noise: Float32Array[];

  /** @param batch largest number of images at a time */
  constructor(teacher: Denoiser, batch = SIGNAL_IMAGES) {
    this.teacher = teacher;
    this.batch = batch;
    const rng = new Rng(0, 'learning-signal');
    const pixels = teacher.imgResolution ** 2 * teacher.imgChannels;
    this.noise = LEVELS.map(() => rng.normal(SIGNAL_IMAGES * pixels));
  }

  /**
   * Measures a generator.
   *
   * @returns R; NaN if the generator or the teacher returns NaN
   */
  async measure(generator: Generator): Promise<number> {
    const squares = await sumOverImages(this.batch, (start, count) => this.squares(generator, start, count));
    return Math.sqrt(squares / (this.noise[0]!.length * LEVELS.length));
  }

  /** The sum of the squared corrections of some of the images, over all noise levels. */
  private async squares(generator: Generator, start: number, count: number): Promise<number> {
    const { teacher } = this;
    const { imgResolution: size, imgChannels: channels } = teacher;
    const { latents, labels } = signalInputs(teacher, generator, start, count);
    const x = tf.tidy(() => generator.generate(latents, labels));
    latents.dispose();
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
}
