import * as tf from '@tensorflow/tfjs-core';
import {
  logNormalSigmas,
  settleOptions,
  withoutGradient,
  type ImageBatch,
  type ImageBatchSource,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Linear, Module, Parameter, silu } from '@onestep/nn';
import { Rng } from '@onestep/random';
import {
  denoisingScoreMatching,
  drawLogNormalSigmas,
  SCORE_OPTIONS,
  ScoreDistillation,
  type Draw,
  type GeneratorInputs,
  type ScoreOptions,
  type ScoreStep,
} from '@onestep/score-distillation';

/** Images of 2x2 pixels with one channel, in three classes. */
export const PIXELS = 4;
export const CLASSES = 3;
export const teacher = () =>
  new MlpDenoiser({ imgResolution: 2, imgChannels: 1, labelDim: CLASSES, hidden: 8, sigmaData: 0.5 }, new Rng(1));

/** Real images whose numbers follow from their places in the stream; the classes go round. */
export class CountedImages implements ImageBatchSource {
  private readonly count: number;
  private position = 0;

  constructor(count: number) {
    this.count = count;
  }

  next(): Promise<ImageBatch> {
    const { count, position: start } = this;
    this.position += count;
    const images = Uint8Array.from({ length: count * PIXELS }, (_, i) => ((start * PIXELS + i) * 37) % 256);
    const labels = new Float32Array(count * CLASSES);
    for (let i = 0; i < count; i++) labels[i * CLASSES + ((start + i) % CLASSES)] = 1;
    return Promise.resolve({ images, labels, count });
  }

  state(): unknown {
    return { position: this.position };
  }

  restore(state: unknown): void {
    this.position = (state as { position: number }).position;
  }
}

/** A discriminator: one logit per image. */
export class Head extends Module {
  readonly first: Linear;
  readonly last: Linear;

  constructor(rng: Rng) {
    super();
    this.first = new Linear(PIXELS, 8, rng);
    this.last = new Linear(8, 1, rng);
  }

  /** @returns [N] */
  forward(images: tf.Tensor4D): tf.Tensor1D {
    const flat = tf.reshape(images, [-1, PIXELS]) as tf.Tensor2D;
    return tf.reshape(this.last.forward(silu(this.first.forward(flat))), [-1]);
  }
}

/** A running average, which is nothing but a buffer. */
export class RunningAverage extends Module {
  readonly value = new Parameter(tf.ones([1]), { trainable: false });

  /** Half way to the mean of `values`, [1], a constant. */
  next(values: tf.Tensor): tf.Tensor {
    return withoutGradient(() => tf.mul(tf.add(this.value.variable, tf.mean(values)), 0.5));
  }
}

const levels: Draw<ScoreOptions> = { shape: () => [], draw: (rng, n) => logNormalSigmas(rng.normal(n)) };
const noise: Draw<ScoreOptions> = {
  shape: ({ imgResolution: size, imgChannels }: TrainableGenerator) => [size, size, imgChannels],
  draw: (rng, n) => rng.normal(n * PIXELS),
};

export const addNoise = (images: tf.Tensor4D, sigma: tf.Tensor, standard: tf.Tensor): tf.Tensor4D =>
  tf.add(images, tf.mul(tf.reshape(sigma, [-1, 1, 1, 1]), standard));

/** The sums of tensors, as measures. */
export const measure = (sums: Record<string, tf.Tensor>) => ({
  names: Object.keys(sums),
  sums: withoutGradient(() => tf.stack(Object.values(sums).map((values) => tf.sum(values))) as tf.Tensor1D),
});

/** The classes of one-hot labels, [N]. */
export const classesOf = (labels: tf.Tensor2D | undefined): tf.Tensor => tf.cast(tf.argMax(labels!, 1), 'float32');

const ganLogits = (xg: tf.Tensor4D, draws: GeneratorInputs['draws'], head: Head) =>
  head.forward(addNoise(xg, draws.ganSigma!, draws.ganNoise!));

const ratios = (logits: tf.Tensor1D) => withoutGradient(() => tf.exp(logits));

/**
 * A method with a use for every slot of a {@link ScoreStep}. A discriminator sees noisy images of both kinds and learns in
 * the phase of the fake score network. The student follows the difference of the scores, with a ratio from the
 * discriminator as the weight, and the discriminator itself once enough images were seen.
 */
export const adversarialStep: ScoreStep<ScoreOptions> = {
  name: 'adversarial',
  modules: (_, rng) => ({
    head: {
      module: new Head(rng),
      phase: 'fakeScore',
      adam: { beta1: 0, beta2: 0.99 },
      learningRate: ({ iteration }) => 1e-2 / (1 + iteration),
    },
    ratio: { module: new RunningAverage(), phase: 'generator' },
  }),
  // The generator in every second iteration, after more than 8 images.
  turns: ({ iteration, imagesSeen }) => (iteration % 2 === 0 && imagesSeen > 8 ? ['generator'] : ['fakeScore']),
  fakeScore: {
    sigmas: drawLogNormalSigmas,
    labels: 'real',
    real: true,
    draws: { realSigma: levels, realNoise: noise },
    loss(inputs, networks) {
      const { images, sigma, noise, real, draws, labels } = inputs;
      const head = networks.modules.head as Head;
      const fakeLogits = head.forward(addNoise(images, sigma, noise));
      const realLogits = head.forward(addNoise(real!.images, draws.realSigma!, draws.realNoise!));
      const discriminator = tf.add(tf.softplus(fakeLogits), tf.softplus(tf.neg(realLogits)));
      return {
        terms: {
          ...denoisingScoreMatching(inputs, networks, 1).terms,
          discriminator: { values: discriminator, scale: 0.1 },
        },
        measures: measure({ real: real!.images, classes: classesOf(labels) }),
      };
    },
    stats: (sums) => sums,
  },
  generator: {
    sigmas: (rng, n) => Float32Array.from(rng.uniform(n, 0.1, 2)),
    draws: { ganSigma: levels, ganNoise: noise },
    schedule: ({ imagesSeen }) => ({ gamma: imagesSeen > 24 ? 1 : 0 }),
    // The ratios are divided by a running average of their batch means.
    coupling: ({ xg, draws }, { modules }) => ({ ratio: ratios(ganLogits(xg, draws, modules.head as Head)) }),
    loss({ xg, xt, sigma, labels, draws, schedule, whole }, { teacher, fakeScore, modules }) {
      const fPhi = withoutGradient(() => teacher.denoise(xt, sigma, { labels }));
      const fPsi = withoutGradient(() => fakeScore.denoise(xt, sigma, { labels }));
      const logits = ganLogits(xg, draws, modules.head as Head);
      const ratio = ratios(logits);
      const average = (modules.ratio as RunningAverage).next(whole?.ratio ?? ratio);
      const weight = tf.div(ratio, average);
      const slope = tf.mul(tf.reshape(weight, [-1, 1, 1, 1]), tf.sub(fPsi, fPhi));
      return {
        terms: {
          score: { values: tf.mul(slope, xg), scale: 1 },
          gan: { values: tf.softplus(tf.neg(logits)), scale: schedule.gamma! },
        },
        buffers: { 'ratio.value': average },
      };
    },
    stats: (sums) => sums,
    adam: () => ({ beta1: 0.5, beta2: 0.9 }),
    learningRate: ({ imagesSeen }, { glr }) => glr / (1 + imagesSeen),
    clip: (grads) => grads.map((grad) => tf.clipByValue(grad, -1e-3, 1e-3)),
  },
};

/** The same with both phases in every iteration. */
export const steadyStep: ScoreStep<ScoreOptions> = { ...adversarialStep, turns: undefined };

export const OPTIONS: Partial<ScoreOptions> = { batch: 4, lr: 1e-3, glr: 1e-3, seed: 5, emaHalfLifeKimg: 0.01 };

/** A distillation by a step, with real images. */
export function distill(
  step: ScoreStep<ScoreOptions>,
  options: Partial<ScoreOptions> = {},
  data: ImageBatchSource | null = new CountedImages(4),
): ScoreDistillation<ScoreOptions> {
  const settled = settleOptions(SCORE_OPTIONS, { ...OPTIONS, ...options });
  return new ScoreDistillation(step, { teacher: teacher(), options: settled, ...(data && { data }) });
}

/** Statistics of the iterations `from` to `to`. */
export async function iterate(run: ScoreDistillation<ScoreOptions>, from: number, to: number) {
  const stats: Record<string, number>[] = [];
  for (let i = from; i < to; i++) stats.push(await run.step(i * run.batchSize));
  return stats;
}
