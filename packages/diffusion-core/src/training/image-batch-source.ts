/** A batch of training images, in host memory. */
export interface ImageBatch {
  /** count * H * W * C bytes, NHWC. */
  images: Uint8Array;
  /** count * labelDim numbers; null where there are no labels. */
  labels: Float32Array | null;
  count: number;
}

/** An endless stream of training images that can be continued exactly. */
export interface ImageBatchSource {
  next(): Promise<ImageBatch>;
  /** JSON from which {@link ImageBatchSource.restore} continues after the last batch given. */
  state(): unknown;
  restore(state: unknown): void;
}
