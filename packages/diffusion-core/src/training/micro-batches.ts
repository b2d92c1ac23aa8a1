import * as tf from '@tensorflow/tfjs-core';
import { compileStep, type Step } from '@onestep/nn';
import { MaskRng } from '@onestep/random';
import type { LabelPrior } from '../conditions/label-prior.js';
import { atOnce, inTurns, type Turns } from './in-turns.js';

/**
 * A batch that is split into micro-batches of equal size, so that a step needs the memory of one micro-batch. Gradients
 * are accumulated over them.
 */
export class MicroBatches {
  /** Images in a micro-batch. */
  readonly size: number;
  /** Number of micro-batches in a batch. */
  readonly count: number;

  /**
   * @param options `batchGpu` is the size of a micro-batch, at most a batch; null or left out, the whole batch
   * @throws RangeError if a batch is not a multiple of it
   */
  constructor({ batch, batchGpu }: { batch: number; batchGpu?: number | null }) {
    this.size = Math.min(batchGpu ?? batch, batch);
    this.count = batch / this.size;
    if (!Number.isInteger(this.count)) {
      throw new RangeError(
        `A batch of ${batch} images cannot be split into micro-batches of ${this.size}: choose a divisor of ${batch} for batchGpu.`,
      );
    }
  }

  /**
   * Sources of dropout masks, one per micro-batch. They are kept for the whole run, because a replayed step draws from
   * the ones it was recorded with. {@link MicroBatches.restartMasks} starts a new batch.
   */
  masks(): MaskRng[] {
    return Array.from({ length: this.count }, () => new MaskRng([0, 0]));
  }

  /** Gives every micro-batch its share of the masks of a new batch. */
  restartMasks(masks: readonly MaskRng[], batch: MaskRng): void {
    masks.forEach((mask, index) => mask.restart(batch.share(index * this.size)));
  }

  /**
   * Uploads a micro-batch's share of the batch's numbers.
   *
   * @param data numbers of the whole batch, image by image
   * @param index of the micro-batch
   * @param shape of one image's numbers: [] gives [size], [H, W, C] gives [size, H, W, C]
   */
  tensor<R extends tf.Rank>(data: Float32Array, index: number, shape: readonly number[]): tf.Tensor<R> {
    const perImage = shape.reduce((a, b) => a * b, 1);
    const share = data.subarray(index * this.size * perImage, (index + 1) * this.size * perImage);
    return tf.tensor<R>(share, [this.size, ...shape] as tf.ShapeMap[R], 'float32');
  }

  /**
   * A micro-batch's labels.
   *
   * @param drawn numbers of the whole batch's labels, as {@link LabelPrior.draw} returns them
   * @returns [size, labelDim], one-hot for classes; undefined for an unconditional network
   */
  labels(drawn: Int32Array, index: number, prior: LabelPrior): tf.Tensor2D | undefined {
    if (prior.labelDim === 0) return undefined;
    const share = drawn.subarray(index * this.size, (index + 1) * this.size);
    return tf.tensor2d(prior.vectors(share), [this.size, prior.labelDim]);
  }

  /**
   * A training step over this batch. A single micro-batch is replayed by engines that can replay; several are computed one
   * after the other, so that memory is freed in between.
   */
  compile<I extends object, O extends tf.NamedTensorMap>(step: Step<I, O>): Step<I, O> {
    return this.count === 1 ? compileStep(step) : (inputs) => tf.tidy(() => step(inputs));
  }

  /**
   * The same as {@link MicroBatches.compile} for a step that stops after each micro-batch. Between several of them the event
   * loop has a turn, in which a program answers signals.
   *
   * @returns a function that makes the inputs, runs the step, and disposes everything but the result
   */
  compileTurns<I extends object, O extends tf.NamedTensorMap>(
    step: (inputs: I) => Turns<O>,
  ): (inputs: () => I) => Promise<O> {
    if (this.count > 1) {
      return (inputs) =>
        inTurns(
          (function* () {
            return yield* step(inputs());
          })(),
        );
    }
    const compiled = compileStep((inputs: I) => atOnce(step(inputs)));
    return async (inputs) => tf.tidy(() => compiled(inputs()));
  }
}
