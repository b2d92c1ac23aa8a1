import type { ImageBatch } from './image-batch-source.js';

/**
 * Checks that a batch of real images is such as a training takes.
 *
 * @param batch number of images
 * @throws RangeError if there are others than that many, or they have another shape
 * @internal
 */
export function checkImageBatch(
  { images, count }: ImageBatch,
  { imgResolution: size, imgChannels: channels }: { imgResolution: number; imgChannels: number },
  batch: number,
): void {
  if (count === batch && images.length === count * size * size * channels) return;
  throw new RangeError(
    `The student needs ${batch} real images of ${size}x${size}x${channels} numbers in a batch, and the data have ` +
      `${count} of ${images.length / count} numbers.`,
  );
}
