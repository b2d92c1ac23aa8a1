import type { ImageShape } from '../image-shape.js';
import { readNpyHeader } from './npy-header.js';
import type { Label, SourceImage } from './source.js';

/** Pieces of a file, from its beginning. */
export type OpenFile = () => AsyncIterable<Uint8Array>;

/** An array of images: their number and size. */
export interface NpyImages extends ImageShape {
  count: number;
}

/**
 * Reads of what size the images of an array are: uint8, [N, H, W] (gray) or [N, H, W, 1 or 3].
 *
 * @throws if the array is of another kind
 */
export async function npyImagesShape(open: OpenFile, source: string): Promise<NpyImages> {
  let begin: Buffer = Buffer.alloc(0);
  for await (const piece of open()) {
    begin = Buffer.concat([begin, piece]);
    const header = readNpyHeader(begin, source);
    if (header === null) continue;
    const { descr, shape } = header;
    const [count, height, width, channels = 1] = shape;
    const isImages = (shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3);
    if (descr !== '|u1' || !isImages || shape.includes(0)) {
      throw new Error(
        `${source}: an array of shape [${shape.join(', ')}] and type ${descr}; images are uint8 (|u1) of shape ` +
          '[N, H, W] or [N, H, W, 1 or 3], channels last.',
      );
    }
    return { count: count!, height: height!, width: width!, channels };
  }
  throw new Error(`${source}: not an array in the format of numpy.save (${begin.length} bytes).`);
}

/**
 * The images of an array, one after another; only the piece of the file that is being read is in memory.
 *
 * @throws if the file ends before the last image
 */
export async function* npyImages(
  open: OpenFile,
  images: NpyImages,
  source: string,
  labels: readonly Label[] | null,
  limit: number,
): AsyncGenerator<SourceImage> {
  const { count, ...shape } = images;
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
      // A copy: the image may be used when the next piece has come.
      const data = Uint8Array.from(held.subarray(at, at + size));
      yield { ...shape, name: `${source} (image ${done})`, data, label: labels?.[done] ?? null };
    }
    held = held.subarray(at);
    if (done === total) return;
  }
  throw new Error(`${source}: the file ends after ${done} of its ${count} images; copy it again.`);
}
