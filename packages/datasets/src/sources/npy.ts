import { createReadStream } from 'node:fs';
import { readNpyImages, readNpyImagesShape } from './npy-images.js';
import type { SourceFormat } from './source.js';

/** An array of images in a file of `numpy.save`, without labels. */
export const npy: SourceFormat = {
  looksLike: 'a .npy file: uint8, [N, H, W] or [N, H, W, 1 or 3]',
  matches: (path) => path.endsWith('.npy'),
  async open(path) {
    const open = () => createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>;
    const shape = await readNpyImagesShape(open, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new Error(`${path} does not exist.`, { cause: error }) : error;
    });
    const images = (limit: number) => readNpyImages(open, shape, path, null, limit);
    return { count: shape.count, numClasses: 0, classNames: null, images };
  },
};
