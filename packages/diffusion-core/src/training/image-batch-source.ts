import type { Share } from '../processes/share-of.js';

/** A batch of training images, in host memory. */
export interface ImageBatch {
  /** [count, H, W, C] row-major. */
  images: Uint8Array;
  /** [count, labelDim] row-major; null for unlabeled images. */
  labels: Float32Array | null;
  /** Number of images. */
  count: number;
}

/** An endless stream of training images that can be resumed exactly. */
export interface ImageBatchSource {
  /**
   * Returns the next batch.
   *
   * @param rows the images that are needed, where processes share a batch: a source may leave the pixels of the others 0. Labels are
   *   those of all images, and the stream goes on as without it. Default: all
   */
  next(rows?: Share): Promise<ImageBatch>;
  /** Returns JSON from which {@link ImageBatchSource.restore} resumes after the last batch returned. */
  state(): unknown;
  /** Resumes from a state. */
  restore(state: unknown): void;
}
