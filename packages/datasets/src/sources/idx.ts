import { basename, dirname, join } from 'node:path';
import { countClasses } from '../class-names.js';
import { readIdxFile } from './idx-file.js';
import type { ImageSource, SourceFormat, SourceImage } from './source.js';

const IMAGES_NAME = /-images-idx3-ubyte\.gz$/;

/**
 * MNIST and its relatives. The path is that of the images; the labels are in a file in the same folder. The
 * images (28x28, gray) are padded with zeros to the next power of two, 32x32, as EDM's and StyleGAN's
 * `dataset_tool.py` do.
 */
export const idx: SourceFormat = {
  looksLike:
    'train-images-idx3-ubyte.gz (or any *-images-idx3-ubyte.gz, with its *-labels-idx1-ubyte.gz in the same folder)',
  matches: (path) => IMAGES_NAME.test(path),
  open: openIdx,
};

async function openIdx(path: string): Promise<ImageSource> {
  const labelsPath = join(dirname(path), basename(path).replace(IMAGES_NAME, '-labels-idx1-ubyte.gz'));
  const images = await readIdxFile(path, 3, 'images');
  const labels = await readIdxFile(labelsPath, 1, 'the labels of those images');
  const [count, rows, columns] = images.shape as [number, number, number];
  if (labels.shape[0] !== count) {
    throw new Error(
      `${path} has ${count} images and ${labelsPath} has ${labels.shape[0]} labels; they are not of one data set.`,
    );
  }
  if (count === 0 || rows !== columns || rows === 0) {
    throw new Error(`${path}: ${count} images of ${columns}x${rows} pixels; expected at least one, and square ones.`);
  }
  const side = 2 ** Math.ceil(Math.log2(rows));
  return {
    count,
    numClasses: countClasses(labels.data),
    classNames: null,
    *images(limit): Generator<SourceImage> {
      for (let i = 0; i < Math.min(count, limit); i++) {
        const pixels = images.data.subarray(i * rows * columns, (i + 1) * rows * columns);
        yield {
          name: `${path} (image ${i})`,
          width: side,
          height: side,
          channels: 1,
          data: padWithZeros(pixels, rows, side),
          label: labels.data[i]!,
        };
      }
    },
  };
}

/** Centers a `size` x `size` image in a black one of `side` x `side`. */
function padWithZeros(pixels: Uint8Array, size: number, side: number): Uint8Array {
  const margin = Math.floor((side - size) / 2);
  const out = new Uint8Array(side * side);
  for (let row = 0; row < size; row++) {
    out.set(pixels.subarray(row * size, (row + 1) * size), (row + margin) * side + margin);
  }
  return out;
}
