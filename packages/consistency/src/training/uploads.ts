import * as tf from '@tensorflow/tfjs-core';
import {
  checkImageBatch,
  fromUint8,
  joinScales,
  MicroBatches,
  type Communicator,
  type ImageBatch,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import type { MaskRng } from '@onestep/random';
import type { StudentDraws } from './draws.js';
import type { StudentOptions } from './options.js';
import type { Progress, StudentInputs, StudentStep } from './student-step.js';

/** The tensors of a micro-batch. The sources of its masks are kept from step to step: see {@link StudentUploads.masksOf}. */
export type StudentTensors = Omit<StudentInputs, 'masks'>;

/** Real images of an iteration, for a whole batch, in host memory. */
export interface RealImages {
  /** In [-1, 1], [N, H, W, C]. */
  pixels: Float32Array;
  /** [N, labelDim]; null for unlabeled images. */
  labels: Float32Array | null;
  /** [N, augmentDim]; left out without augmentation. */
  augmentLabels?: Float32Array;
}

/** Uploads what was drawn, micro-batch by micro-batch. */
export class StudentUploads<O extends StudentOptions, S extends TrainableGenerator> {
  readonly microBatches: MicroBatches;
  /** By pass, then by micro-batch. Every pass has the same masks. */
  private readonly masks: readonly MaskRng[][];
  private readonly step: StudentStep<O, S>;
  private readonly student: S;
  private readonly options: O;

  /** @throws RangeError if a batch cannot be split as the options say */
  constructor(step: StudentStep<O, S>, student: S, options: O, communicator?: Communicator) {
    this.step = step;
    this.student = student;
    this.options = options;
    this.microBatches = new MicroBatches(options, communicator, { pixels: student.imgResolution ** 2 });
    this.masks = Array.from({ length: step.passes ?? 2 }, () => this.microBatches.masks());
  }

  /** @returns one entry per micro-batch, of tensors that belong to the caller */
  upload(real: RealImages, draws: StudentDraws, progress: Progress): StudentTensors[] {
    const { step, student, options, microBatches } = this;
    for (const masks of this.masks) microBatches.restartMasks(masks, draws.masks);
    const { imgResolution: size, imgChannels: channels, labelDim } = student;
    const image = [size, size, channels];
    const schedule = Object.entries(step.schedule?.(progress, options) ?? {});
    const { augmentLabels } = real;
    return Array.from({ length: microBatches.count }, (_, index) => ({
      images: microBatches.tensor<tf.Rank.R4>(real.pixels, index, image),
      labels: labelDim === 0 ? undefined : this.labels(real, draws, index),
      augmentLabels:
        augmentLabels && microBatches.tensor<tf.Rank.R2>(augmentLabels, index, [augmentLabels.length / options.batch]),
      noise: microBatches.tensor<tf.Rank.R4>(draws.noise, index, image),
      draws: Object.fromEntries(
        Object.entries(step.draws).map(([name, { shape }]) => [
          name,
          microBatches.tensor(draws.further[name]!, index, shape?.(student) ?? []),
        ]),
      ),
      schedule: Object.fromEntries(schedule.map(([name, value]) => [name, tf.scalar(value)])),
    }));
  }

  private labels(real: RealImages, { scales }: StudentDraws, index: number): tf.Tensor2D {
    const { microBatches, student } = this;
    const labels = microBatches.tensor<tf.Rank.R2>(labelsOf(real), index, [student.labelDim]);
    return scales === undefined ? labels : joinScales(labels, microBatches.tensor<tf.Rank.R1>(scales, index, []));
  }

  /** Sources of the same dropout masks, one for each pass, of a micro-batch. */
  masksOf(index: number): MaskRng[] {
    return this.masks.map((masks) => masks[index]!);
  }

  /** Pixels and labels of a batch. @throws RangeError if the images are not such as the student's */
  real(batch: ImageBatch): RealImages {
    checkImageBatch(batch, this.student, this.options.batch);
    return { pixels: fromUint8(batch.images), labels: batch.labels };
  }
}

function labelsOf({ labels }: RealImages): Float32Array {
  if (labels !== null) return labels;
  throw new RangeError('The student takes labels, and the real images have none.');
}
