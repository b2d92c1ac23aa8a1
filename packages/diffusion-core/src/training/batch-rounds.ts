import * as tf from '@tensorflow/tfjs-core';
import { MaskRng } from '@onestep/random';
import { oneHot } from '../samplers/class-labels.js';

/** A batch that is worked through a share at a time, to need the memory of one share. */
export class BatchRounds {
  /** Images in a round. */
  readonly size: number;
  /** Number of rounds. */
  readonly count: number;

  /** @param options `batch` is a multiple of `batchGpu` */
  constructor({ batch, batchGpu }: { batch: number; batchGpu: number }) {
    this.size = batchGpu;
    this.count = batch / batchGpu;
  }

  /**
   * What a round's dropout masks are made from: one for each round, kept for the whole run, since a step that is
   * replayed draws from the one it was recorded with. {@link BatchRounds.restartMasks} begins each batch.
   */
  masks(): MaskRng[] {
    return Array.from({ length: this.count }, () => new MaskRng([0, 0]));
  }

  /** Gives every round its share of the masks of a new batch. */
  restartMasks(masks: readonly MaskRng[], batch: MaskRng): void {
    masks.forEach((mask, round) => mask.restart(batch.share(round * this.size)));
  }

  /**
   * A round's share of the batch's numbers, on the device.
   *
   * @param shape of one image's numbers: [] gives [size], [H, W, C] gives [size, H, W, C]
   */
  tensor<R extends tf.Rank>(data: Float32Array, round: number, shape: readonly number[]): tf.Tensor<R> {
    const perImage = shape.reduce((a, b) => a * b, 1);
    const share = data.subarray(round * this.size * perImage, (round + 1) * this.size * perImage);
    return tf.tensor<R>(share, [this.size, ...shape] as tf.ShapeMap[R], 'float32');
  }

  /** A round's labels, [size, labelDim] one-hot; undefined where there are no classes. */
  labels(classes: Int32Array, round: number, labelDim: number): tf.Tensor2D | undefined {
    if (labelDim === 0) return undefined;
    return oneHot(classes.subarray(round * this.size, (round + 1) * this.size), labelDim);
  }
}
