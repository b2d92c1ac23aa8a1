import { setImmediate } from 'node:timers/promises';
import type { ImageDataset } from '@onestep/datasets';
import type { ImageBatch } from '@onestep/metrics';

const BATCH = 250;

/** All images of a data set, in order, in batches for a detector. */
export async function* datasetImages(dataset: ImageDataset, signal: AbortSignal): AsyncGenerator<ImageBatch> {
  const { length, imageBytes } = dataset;
  for (let start = 0; start < length; start += BATCH) {
    // Lets Ctrl-C through: reading and detecting are synchronous.
    await setImmediate();
    signal.throwIfAborted();
    const count = Math.min(BATCH, length - start);
    const images = new Uint8Array(count * imageBytes);
    for (let i = 0; i < count; i++) dataset.imageAt(start + i, images.subarray(i * imageBytes, (i + 1) * imageBytes));
    yield { images, count };
  }
}
