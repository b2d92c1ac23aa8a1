import * as tf from '@tensorflow/tfjs-core';
import {
  fromUint8,
  joinScales,
  MicroBatches,
  type Communicator,
  type ImageBatch,
  type LabelPrior,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import { Rng, type MaskRng } from '@onestep/random';
import type { PhaseDraws } from './draws.js';
import type { ScoreOptions } from './options.js';
import { phasePolicies, type PhasePolicy } from './phase-policy.js';
import type { Phase, PhaseName, Progress, RealInputs, Rows, ScoreStep } from './score-step.js';

/** Augmented images that were made before a step. */
export type MadeImages = {
  /** [N, H, W, C] */
  images: tf.Tensor4D;
  /** [N, augmentDim] */
  augmentLabels: tf.Tensor2D;
};

/** The tensors of a micro-batch that are uploaded for a phase. */
export interface Uploaded {
  /** Latents; undefined where images are `made` already. */
  z: tf.Tensor | undefined;
  sigma: tf.Tensor1D;
  noise: tf.Tensor4D;
  labels: tf.Tensor2D | undefined;
  real: RealInputs | undefined;
  draws: Record<string, tf.Tensor>;
  schedule: Record<string, tf.Scalar>;
  /** Augmented images in place of those that the student makes from z. */
  made: MadeImages | undefined;
}

/** A batch of real images, for a phase that takes one. */
export interface RealBatch {
  batch: ImageBatch;
  /** Its images after augmentation, with their labels, in host memory; undefined without augmentation. */
  augmented?: { pixels: Float32Array; labels: Float32Array };
}

/** What the images of a phase are made from. */
export interface ImageSource {
  /** The phase whose latents and labels they have. */
  name: PhaseName;
  draws: PhaseDraws;
  /** For a phase with the labels of real images. */
  real?: RealBatch;
  /** 1 for each image that keeps its label, and 0 for the others, [N]; left out, all keep it. */
  kept?: Float32Array;
}

/** What {@link PhaseUploads} depends on, next to the method and its options. */
interface PhaseUploadsArgs {
  generator: TrainableGenerator;
  prior: LabelPrior;
  communicator?: Communicator;
  dropped?: ArrayLike<number>;
}

/** Uploads the draws of a phase, micro-batch by micro-batch, and keeps the sources of its dropout masks. */
export class PhaseUploads<O extends ScoreOptions> {
  /** Sources of the dropout masks of the networks that are trained, one per micro-batch. */
  readonly masks: Readonly<Record<PhaseName, MaskRng[]>>;
  /** Two sources of the same masks, for the two networks that the generator's phase compares. */
  readonly comparedMasks: readonly [MaskRng[], MaskRng[]];
  readonly microBatches: MicroBatches;
  private readonly step: ScoreStep<O>;
  private readonly generator: TrainableGenerator;
  private readonly prior: LabelPrior;
  private readonly latentShape: number[];
  private readonly options: O;
  private readonly policies: Readonly<Record<PhaseName, PhasePolicy>>;
  private readonly dropped: ArrayLike<number> | undefined;

  /** @param args `dropped` is the label vector of images that do not keep their label; left out, the null label */
  constructor(step: ScoreStep<O>, { generator, prior, communicator, dropped }: PhaseUploadsArgs, options: O) {
    // What couples the images of a batch is computed first, for all of them.
    const isCoupled = [step.fakeScore, step.generator].some(({ coupling }) => coupling !== undefined);
    const pixels = isCoupled ? 0 : generator.imgResolution ** 2;
    this.microBatches = new MicroBatches(options, communicator, { pixels });
    this.step = step;
    this.generator = generator;
    this.prior = prior;
    this.dropped = dropped;
    this.options = options;
    this.policies = phasePolicies(step, options);
    this.latentShape = generator.sampleLatents(new Rng(0), 1).shape.slice(1);
    const masks = () => this.microBatches.masks();
    this.masks = { fakeScore: masks(), generator: masks() };
    this.comparedMasks = [masks(), masks()];
  }

  /**
   * Uploads a phase.
   *
   * @param options `real` is a batch of real images, for a phase that sees one; `made` are augmented images, one entry per
   *   micro-batch; `source` is the source of the phase's images, left out its own
   * @returns one entry per micro-batch
   */
  upload(
    name: PhaseName,
    draws: PhaseDraws,
    progress: Progress,
    options: { real?: RealBatch; made?: readonly MadeImages[]; source?: ImageSource } = {},
  ): Uploaded[] {
    const { real, made, source = { name, draws, real, kept: draws.kept } } = options;
    for (const masks of this.masksOf(name)) this.microBatches.restartMasks(masks, draws.masks);
    const phase: Phase<O, never> = this.step[name];
    const numbers = Object.entries(phase.schedule?.(progress, this.options) ?? {});
    return this.masks[name].map((_, index) => ({
      z: made === undefined ? this.latents(source, index) : undefined,
      sigma: this.microBatches.tensor<tf.Rank.R1>(draws.sigma, index, []),
      noise: this.images(draws.noise, index),
      labels: this.labels(source, index),
      real: this.policies[name].real ? this.realInputs(real!, draws, index) : undefined,
      draws: Object.fromEntries(
        Object.entries(phase.draws ?? {}).map(([name, { shape }]) => [
          name,
          this.microBatches.tensor(draws.further[name]!, index, shape(this.generator)),
        ]),
      ),
      schedule: Object.fromEntries(numbers.map(([name, value]) => [name, tf.scalar(value)])),
      made: made?.[index],
    }));
  }

  /** Starts the masks of a phase again, after a pass that comes before the one with gradients. */
  rewindMasks(name: PhaseName): void {
    for (const mask of this.masksOf(name).flat()) mask.rewind();
  }

  /** Latents of a micro-batch. */
  latents({ draws }: ImageSource, index: number): tf.Tensor {
    return this.microBatches.tensor(draws.z, index, this.latentShape);
  }

  /**
   * Labels of a micro-batch: those of real images, or from the label prior. With a range of scales of guidance, each is followed by
   * its scale, [N, labelDim + 1].
   */
  labels({ name, draws, real, kept }: ImageSource, index: number): tf.Tensor2D | undefined {
    const isReal = this.policies[name].labels === 'real';
    const labels = isReal
      ? this.realLabels(real!.batch, index)
      : this.microBatches.labels(draws.classes, index, this.prior);
    return this.withScales(labels && kept ? this.drop(labels, kept, index) : labels, draws, index);
  }

  private drop(labels: tf.Tensor2D, kept: Float32Array, index: number): tf.Tensor2D {
    const isKept = this.microBatches.tensor<tf.Rank.R2>(kept, index, [1]);
    const own = tf.mul<tf.Tensor2D>(labels, isKept);
    if (this.dropped === undefined) return own;
    const others = tf.tensor2d(Array.from(this.dropped), [1, this.dropped.length]);
    return tf.add(own, tf.mul(tf.sub(1, isKept), others));
  }

  private withScales(labels: tf.Tensor2D | undefined, { scales }: PhaseDraws, index: number): tf.Tensor2D | undefined {
    if (labels === undefined || scales === undefined) return labels;
    return joinScales(labels, this.microBatches.tensor<tf.Rank.R1>(scales, index, []));
  }

  private images(data: Float32Array, index: number): tf.Tensor4D {
    const { imgResolution: size, imgChannels: channels } = this.generator;
    return this.microBatches.tensor<tf.Rank.R4>(data, index, [size, size, channels]);
  }

  private masksOf(name: PhaseName): MaskRng[][] {
    return [this.masks[name], ...(name === 'generator' ? this.comparedMasks : [])];
  }

  /** Position of a micro-batch in the batch. */
  rows(index: number): Rows {
    const { size, batch } = this.microBatches;
    return { start: this.microBatches.start(index), count: size, batch };
  }

  private realInputs({ batch, augmented }: RealBatch, draws: PhaseDraws, index: number): RealInputs {
    const labels = this.withScales(this.realLabels(batch, index), draws, index);
    if (augmented === undefined) {
      return { images: this.realImages(batch, index), labels, augmentLabels: undefined };
    }
    const length = augmented.labels.length / batch.count;
    const augmentLabels = this.microBatches.tensor<tf.Rank.R2>(augmented.labels, index, [length]);
    return { images: this.images(augmented.pixels, index), labels, augmentLabels };
  }

  private realImages({ images }: ImageBatch, index: number): tf.Tensor4D {
    const { imgResolution: size, imgChannels: channels } = this.generator;
    const { microBatches } = this;
    const start = microBatches.start(index) * size * size * channels;
    const bytes = images.subarray(start, start + microBatches.size * size * size * channels);
    return tf.tensor4d(fromUint8(bytes), [microBatches.size, size, size, channels]);
  }

  private realLabels({ labels }: ImageBatch, index: number): tf.Tensor2D | undefined {
    const { labelDim } = this.generator;
    if (labelDim === 0) return undefined;
    if (labels === null)
      throw new Error(`The student takes labels of ${labelDim} numbers, and the real images have no labels.`);
    return this.microBatches.tensor<tf.Rank.R2>(labels, index, [labelDim]);
  }
}
