import type { CaptionEncoder } from '../conditions/caption-encoder.js';
import { encoderOf } from '../conditions/prompts.js';
import type { Labeled } from '../conditions/training-labels.js';
import type { Share } from '../processes/share-of.js';
import type { ImageBatch, ImageBatchSource } from './image-batch-source.js';

/** A batch whose images may have captions: one for each image, empty for none. */
type CaptionedBatch = ImageBatch & { captions?: readonly string[] };

/** Batches whose images have captions: one for each image, empty for none. */
export interface CaptionedBatchSource extends ImageBatchSource {
  next(rows?: Share): Promise<CaptionedBatch>;
}

/**
 * Encodes the captions of batches as their labels. An image without a caption gets the null label, as one whose label was
 * dropped.
 *
 * @throws from `next`, if a batch has no captions
 */
export function encodeCaptions(source: CaptionedBatchSource, encoder: CaptionEncoder): ImageBatchSource {
  return changeBatches(source, (batch) => encodeBatch(batch, encoder));
}

/**
 * Encodes the captions of batches as a network's are, if it takes captions. Batches without captions stay as they are: their labels may
 * have been encoded before.
 *
 * @internal
 */
export function encodeTheirCaptions(source: CaptionedBatchSource, network: Labeled): ImageBatchSource {
  if (network.labels?.kind !== 'captions') return source;
  let encoder: CaptionEncoder | undefined;
  return changeBatches(source, (batch) =>
    batch.captions === undefined ? Promise.resolve(batch) : encodeBatch(batch, (encoder ??= encoderOf(network))),
  );
}

function changeBatches(
  source: CaptionedBatchSource,
  change: (batch: CaptionedBatch) => Promise<ImageBatch>,
): ImageBatchSource {
  return {
    next: async (rows) => change(await source.next(rows)),
    state: () => source.state(),
    restore: (state) => source.restore(state),
  };
}

async function encodeBatch({ captions, ...batch }: CaptionedBatch, encoder: CaptionEncoder): Promise<ImageBatch> {
  if (captions === undefined) throw new Error('The batches have no captions to be encoded.');
  const labels = new Float32Array(captions.length * encoder.dim);
  for (const [i, row] of (await encoder.rows(captions)).entries()) labels.set(row, i * encoder.dim);
  return { ...batch, labels };
}
