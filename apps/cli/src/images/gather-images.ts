import { collectOnFirst, type Communicator } from '@onestep/diffusion-core';

/**
 * Sends images to process 0, in order.
 *
 * @param images those of this process, uint8, all of one size
 * @param bytes of an image
 * @returns in process 0 the images of all processes; none elsewhere
 */
export async function gatherImages(
  communicator: Communicator,
  images: readonly Uint8Array[],
  bytes: number,
): Promise<readonly Uint8Array[]> {
  if (communicator.size === 1) return images;
  const all = await collectOnFirst(communicator, images);
  return Array.from({ length: all.length / bytes }, (_, i) => all.subarray(i * bytes, (i + 1) * bytes));
}
