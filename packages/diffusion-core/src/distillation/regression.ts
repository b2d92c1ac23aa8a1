import type * as tf from '@tensorflow/tfjs-core';
import type { Distance } from '../distances/distance.js';
import { settleDistance, type RegressionDistanceName } from '../distances/regression-distances.js';
import type { PairBatch, PairBatchSource } from '../pairs/pair-batch-source.js';
import type { MicroBatches } from '../training/micro-batches.js';
import { areSameImages, describeImages, type ImageShape } from './student.js';

/** Pairs that a student learns besides what its method teaches it: the regression term of DMD (Yin et al. 2024). */
export interface RegressionArgs {
  pairs: PairBatchSource;
  /** Factor of the term, next to the loss of the method (0.25, as published for DMD). */
  weight?: number;
  /** How the student's image is compared with the teacher's (`l2`). */
  distance?: RegressionDistanceName | Distance;
}

/** The tensors of a micro-batch of N pairs. */
export type PairInputs = {
  /** Unit noise, [N, H, W, C]. */
  z: tf.Tensor4D;
  /** The teacher's images, [N, H, W, C]. */
  y: tf.Tensor4D;
  /** [N, labelDim]; undefined without labels. */
  labels: tf.Tensor2D | undefined;
};

/**
 * L_reg = E d(G(z), y) over pairs of noise z and the image y that the teacher makes of it, as a loss of its own or as a term
 * of another. It draws a batch of pairs for each batch of the method.
 */
export class RegressionTerm {
  /** Factor of the term. */
  readonly weight: number;
  private readonly distance: Distance;
  private readonly pairs: PairBatchSource;
  private readonly microBatches: MicroBatches;

  /**
   * @param teacher whose kind of images the pairs have to be
   * @param perceptual the distance that `lpips` stands for
   * @throws RangeError if the pairs are of other images, the weight is not valid, or `lpips` has no network
   */
  constructor(
    { pairs, weight = 0.25, distance = 'l2' }: RegressionArgs,
    { teacher, microBatches, perceptual }: { teacher: ImageShape; microBatches: MicroBatches; perceptual?: Distance },
  ) {
    checkPairs(pairs, teacher);
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`The weight of the regression must be a number of at least 0, not ${weight}.`);
    }
    this.weight = weight;
    this.distance = settleDistance(distance, perceptual);
    this.pairs = pairs;
    this.microBatches = microBatches;
  }

  /** Draws the pairs of the next batch. */
  next(): Promise<PairBatch> {
    return this.pairs.next(this.microBatches.batch);
  }

  /** Uploads a batch of pairs. @returns one entry per micro-batch */
  upload({ noise, images, labels }: PairBatch): PairInputs[] {
    const { imgResolution: size, imgChannels: channels, labelDim } = this.pairs;
    const shape = [size, size, channels];
    const { microBatches } = this;
    return Array.from({ length: microBatches.count }, (_, index) => ({
      z: microBatches.tensor<tf.Rank.R4>(noise, index, shape),
      y: microBatches.tensor<tf.Rank.R4>(images, index, shape),
      labels: labels === null ? undefined : microBatches.tensor<tf.Rank.R2>(labels, index, [labelDim]),
    }));
  }

  /**
   * d(x, y), without the weight.
   *
   * @param x G(z), [N, H, W, C]
   * @returns [N]
   */
  losses(x: tf.Tensor4D, { y }: PairInputs): tf.Tensor1D {
    return this.distance(x, y);
  }

  /** JSON from which {@link RegressionTerm.restore} goes on after the last batch. */
  state(): unknown {
    return this.pairs.state();
  }

  /** @throws if the state belongs to other pairs */
  restore(state: unknown): void {
    this.pairs.restore(state);
  }
}

/**
 * Checks that pairs have the teacher's kind of images and labels.
 *
 * @throws RangeError if they have not
 */
export function checkPairs(pairs: ImageShape, teacher: ImageShape): void {
  if (areSameImages(pairs, teacher)) return;
  throw new RangeError(
    `The pairs are ${describeImages(pairs)}, and the teacher makes ${describeImages(teacher)}: make pairs of this teacher.`,
  );
}
