import { recognizeFile } from '../files/file-kind.js';
import { readNpyImages, readNpyImagesShape } from './npy-images.js';
import type { SourceFormat } from './source.js';

/** An array of images in a file of `numpy.save`, without labels. */
export const npy: SourceFormat = {
  looksLike: 'a .npy file: uint8, [N, H, W] or [N, H, W, 1 or 3]',
  recognizes: (files) =>
    files.only !== null && (files.only.endsWith('.npy') || recognizeFile(files.readPart(files.only, 0, 16)) === 'npy'),
  async open(files) {
    const name = files.only!;
    const path = files.describe(name);
    const open = () => files.stream(name);
    const shape = await readNpyImagesShape(open, path);
    const images = (limit: number) => readNpyImages(open, shape, path, null, limit);
    return { count: shape.count, numClasses: 0, classNames: null, notes: [], images, close: () => files.close() };
  },
};
