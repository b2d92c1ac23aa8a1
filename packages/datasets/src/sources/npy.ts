import { createReadStream } from 'node:fs';
import { npyImages, npyImagesShape } from './npy-images.js';
import type { SourceFormat } from './source.js';

/** An array of images in a file of `numpy.save`, without labels. */
export const npy: SourceFormat = {
  looksLike: 'a .npy file: uint8, [N, H, W] or [N, H, W, 1 or 3]',
  matches: (path) => path.endsWith('.npy'),
  async open(path) {
    const open = () => createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>;
    const shape = await npyImagesShape(open, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new Error(`${path} does not exist.`, { cause: error }) : error;
    });
    return { count: shape.count, images: (limit) => npyImages(open, shape, path, null, limit) };
  },
};
