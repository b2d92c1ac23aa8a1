import type { ImageDataset } from './dataset.js';

/** Consecutive images of a batch. */
export interface BatchRows {
  start: number;
  /** After the last one. */
  end: number;
}

/** A batch of images. */
export interface ImageBatch {
  /** [count, H, W, C], 0 to 255. */
  images: Uint8Array;
  /** [count, labelDim]; null without labels. */
  labels: Float32Array | null;
  /** One for each image, empty without one; left out where the data set was opened without captions. */
  captions?: readonly string[];
  /** Number of images. */
  count: number;
}

/**
 * Makes a batch of the images with these indices.
 *
 * @param rows the images that are read; the pixels of the others are 0. Left out, all
 * @throws if an image is damaged
 */
export function makeBatch(dataset: ImageDataset, indices: readonly number[], rows?: BatchRows): ImageBatch {
  const { imageBytes, labelDim } = dataset;
  const images = new Uint8Array(indices.length * imageBytes);
  const labels = labelDim > 0 ? new Float32Array(indices.length * labelDim) : null;
  for (const [i, index] of indices.entries()) {
    const isNeeded = rows === undefined || (i >= rows.start && i < rows.end);
    if (isNeeded) dataset.imageAt(index, images.subarray(i * imageBytes, (i + 1) * imageBytes));
    labels?.set(dataset.labelAt(index), i * labelDim);
  }
  const captions = dataset.hasCaptions ? { captions: indices.map((index) => dataset.captionAt(index)) } : {};
  return { images, labels, ...captions, count: indices.length };
}
