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
  /** Returns the next batch. */
  next(): Promise<ImageBatch>;
  /** Returns JSON from which {@link ImageBatchSource.restore} resumes after the last batch returned. */
  state(): unknown;
  /** Resumes from a state. */
  restore(state: unknown): void;
}
