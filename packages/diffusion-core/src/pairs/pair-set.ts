import type { ImageShape } from '../distillation/student.js';
import type { PairBatch } from './pair-batch-source.js';
import type { PairGuidance } from './pair-guidance.js';

/** A number of pairs in any order: files, or memory. `labels` are those that the pairs were made with. */
export interface PairSet extends Readonly<ImageShape> {
  /** Number of pairs. */
  readonly length: number;
  /** The guidance that the images were made with; left out, none. */
  readonly guidance?: PairGuidance;
  /** Reads pairs by their numbers, from 0 to `length` - 1, in this order. */
  read(indices: ArrayLike<number>): Promise<PairBatch>;
}

/** Pairs in memory, such as those of `samplePairs`, as a set. */
export class PairsInMemory implements PairSet {
  readonly length: number;
  readonly imgResolution: number;
  readonly imgChannels: number;
  readonly labelDim: number;
  readonly labels: ImageShape['labels'];
  private readonly pairs: PairBatch;

  /**
   * @param teacher whose images they are
   * @throws RangeError if the arrays do not have `count` images of the teacher's shape
   */
  constructor(pairs: PairBatch, { imgResolution, imgChannels, labelDim, labels }: ImageShape) {
    const { count, noise, images, labels: vectors } = pairs;
    const pixels = imgResolution ** 2 * imgChannels;
    const fits = noise.length === count * pixels && images.length === count * pixels;
    if (!fits || (vectors?.length ?? 0) !== count * labelDim) {
      throw new RangeError(
        `${count} pairs of ${imgResolution}x${imgResolution}x${imgChannels} images with labels of ${labelDim} numbers ` +
          `do not have ${noise.length}, ${images.length} and ${vectors?.length ?? 0} numbers.`,
      );
    }
    this.pairs = pairs;
    this.length = count;
    this.imgResolution = imgResolution;
    this.imgChannels = imgChannels;
    this.labelDim = labelDim;
    this.labels = labels;
  }

  async read(indices: ArrayLike<number>): Promise<PairBatch> {
    const { noise, images, labels } = this.pairs;
    const pixels = this.imgResolution ** 2 * this.imgChannels;
    return {
      noise: takeRows(noise, indices, pixels),
      images: takeRows(images, indices, pixels),
      labels: labels && takeRows(labels, indices, this.labelDim),
      count: indices.length,
    };
  }
}

function takeRows(data: Float32Array, indices: ArrayLike<number>, length: number): Float32Array {
  const out = new Float32Array(indices.length * length);
  for (let i = 0; i < indices.length; i++) {
    out.set(data.subarray(indices[i]! * length, (indices[i]! + 1) * length), i * length);
  }
  return out;
}
