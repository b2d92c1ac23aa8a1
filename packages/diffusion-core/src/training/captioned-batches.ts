import type { CaptionEncoder } from '../conditions/caption-encoder.js';
import type { ImageBatch, ImageBatchSource } from './image-batch-source.js';

/** Batches whose images have captions: one for each image, empty for none. */
export interface CaptionedBatchSource extends ImageBatchSource {
  next(): Promise<ImageBatch & { captions?: readonly string[] }>;
}

/**
 * Encodes the captions of batches as their labels. An image without a caption gets the null label, as one whose label was
 * dropped.
 *
 * @throws from `next`, if a batch has no captions
 */
export function encodeCaptions(source: CaptionedBatchSource, encoder: CaptionEncoder): ImageBatchSource {
  return {
    async next() {
      const { captions, ...batch } = await source.next();
      if (captions === undefined) throw new Error('The batches have no captions to be encoded.');
      const labels = new Float32Array(captions.length * encoder.dim);
      for (const [i, row] of (await encoder.rows(captions)).entries()) labels.set(row, i * encoder.dim);
      return { ...batch, labels };
    },
    state: () => source.state(),
    restore: (state) => source.restore(state),
  };
}
