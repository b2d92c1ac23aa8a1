import { readNpyHeader } from '@onestep/checkpoint';
import type { ImageShape } from '../image-shape.js';
import type { Label, SourceImage } from './source.js';

/** Opens a file, and gives its bytes in pieces. */
export type OpenStream = () => AsyncIterable<Uint8Array>;

/** Number and size of the images of an array. */
export interface NpyImagesShape extends ImageShape {
  count: number;
}

/**
 * Reads the number and size of the images of an array: uint8, [N, H, W] (gray) or [N, H, W, 1 or 3].
 *
 * @param source the array's name, for messages
 * @throws if the array is of another kind
 */
export async function readNpyImagesShape(open: OpenStream, source: string): Promise<NpyImagesShape> {
  let begin: Buffer = Buffer.alloc(0);
  for await (const piece of open()) {
    begin = Buffer.concat([begin, piece]);
    const header = readNpyHeader(begin, source);
    if (header === null) continue;
    const { descr, dtype, shape } = header;
    const [count, height, width, channels = 1] = shape;
    const isImages = (shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3);
    if (dtype !== 'U8' || !isImages || shape.includes(0)) {
      throw new Error(
        `${source}: an array of shape [${shape.join(', ')}] and type ${descr}; images are uint8 (|u1) of shape ` +
          '[N, H, W] or [N, H, W, 1 or 3], channels last.',
      );
    }
    if (shape.length === 3 && (width === 1 || width === 3)) {
      throw new Error(
        `${source}: an array of shape [${shape.join(', ')}], which is one image; expected several, [N, H, W] or [N, H, W, 1 or 3].`,
      );
    }
    return { count: count!, height: height!, width: width!, channels };
  }
  throw new Error(`${source}: not an array in the format of numpy.save (${begin.length} bytes).`);
}

/**
 * Reads the images of an array one after another. Only one piece of the file is in memory.
 *
 * @param source the array's name, for messages
 * @param labels of the images; null for none
 * @param limit reads at most this many
 * @throws if the file ends before the last image
 */
export async function* readNpyImages(
  open: OpenStream,
  { count, ...shape }: NpyImagesShape,
  source: string,
  labels: readonly Label[] | null,
  limit: number,
): AsyncGenerator<SourceImage> {
  const total = Math.min(count, limit);
  const size = shape.width * shape.height * shape.channels;
  let held: Buffer = Buffer.alloc(0);
  let inHeader = true;
  let done = 0;
  for await (const piece of open()) {
    held = Buffer.concat([held, piece]);
    if (inHeader) {
      const header = readNpyHeader(held, source);
      if (header === null) continue;
      held = held.subarray(header.start);
      inHeader = false;
    }
    let at = 0;
    for (; at + size <= held.length && done < total; at += size, done++) {
      // A copy: the image may still be in use when the next piece has come.
      const data = Uint8Array.from(held.subarray(at, at + size));
      yield { ...shape, name: `${source} (image ${done})`, data, label: labels?.[done] ?? null };
    }
    held = held.subarray(at);
    if (done === total) return;
  }
  throw new Error(`${source}: the file ends after ${done} of its ${count} images; copy it again.`);
}
