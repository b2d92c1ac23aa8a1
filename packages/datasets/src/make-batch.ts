import type { ImageDataset } from './dataset.js';

/** A batch of training images. */
export interface ImageBatch {
  /** Pixels 0 to 255 in NHWC order: count * height * width * channels bytes. */
  images: Uint8Array;
  /** count * labelDim numbers, or null without labels. */
  labels: Float32Array | null;
  count: number;
}

/** The images of these numbers, and their labels. */
export function makeBatch(dataset: ImageDataset, indices: readonly number[]): ImageBatch {
  const { imageBytes, labelDim } = dataset;
  const images = new Uint8Array(indices.length * imageBytes);
  const labels = labelDim > 0 ? new Float32Array(indices.length * labelDim) : null;
  for (const [i, index] of indices.entries()) {
    dataset.imageAt(index, images.subarray(i * imageBytes, (i + 1) * imageBytes));
    labels?.set(dataset.labelAt(index), i * labelDim);
  }
  return { images, labels, count: indices.length };
}
