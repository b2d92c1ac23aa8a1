import { setImmediate } from 'node:timers/promises';
import type { ImageBatch } from '@onestep/metrics';

/** Images read at a time. */
const BATCH = 250;

/**
 * Images in order, in batches for a detector.
 *
 * @param read writes `count` images from `start` on into an array
 */
export async function* imageBatches(
  { length, imageBytes }: { length: number; imageBytes: number },
  read: (start: number, count: number, out: Uint8Array<ArrayBuffer>) => void,
  signal: AbortSignal,
): AsyncGenerator<ImageBatch> {
  for (let start = 0; start < length; start += BATCH) {
    // Lets Ctrl-C through: reading and detecting are synchronous.
    await setImmediate();
    signal.throwIfAborted();
    const count = Math.min(BATCH, length - start);
    const images = new Uint8Array(count * imageBytes);
    read(start, count, images);
    yield { images, count };
  }
}

/** Of a source that gives one image at a time: what reads several. */
export function eachImage(
  imageBytes: number,
  readOne: (index: number, out: Uint8Array<ArrayBuffer>) => void,
): (start: number, count: number, out: Uint8Array<ArrayBuffer>) => void {
  return (start, count, out) => {
    for (let i = 0; i < count; i++) readOne(start + i, out.subarray(i * imageBytes, (i + 1) * imageBytes));
  };
}
