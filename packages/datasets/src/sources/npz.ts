import { decodeNpy, toFloat32 } from '@onestep/checkpoint';
import { countClasses } from '../class-names.js';
import { ZipReader } from '../zip/reader.js';
import { readNpyImages, readNpyImagesShape } from './npy-images.js';
import type { Label, SourceFormat } from './source.js';

/**
 * Names of the arrays, in the order of preference: those of evaluation batches (`numpy.savez(file, images,
 * labels)`) first.
 */
const IMAGES = ['arr_0', 'images', 'x', 'data'];
const LABELS = ['arr_1', 'labels', 'y'];

/**
 * Arrays of `numpy.savez` or `savez_compressed`: images, and labels (classes [N], or vectors [N, D]) if there
 * are any.
 */
export const npz: SourceFormat = {
  looksLike: `a .npz file with images (${IMAGES.join(', ')}) and labels (${LABELS.join(', ')})`,
  matches: (path) => path.endsWith('.npz'),
  async open(path) {
    const archive = await ZipReader.open(path);
    try {
      const findArray = (names: string[]) => names.map((name) => `${name}.npy`).find((name) => archive.has(name));
      const [name, labelsName] = [findArray(IMAGES), findArray(LABELS)];
      if (name === undefined) {
        throw new Error(
          `${path} has ${archive.names().length === 0 ? 'no arrays' : `the arrays ${archive.names().join(', ')}`}; ` +
            `expected the images as one of ${IMAGES.join(', ')}.`,
        );
      }
      const source = `${path}, ${name}`;
      const open = () => archive.stream(name);
      const shape = await readNpyImagesShape(open, source);
      const labels =
        labelsName === undefined ? null : readLabels(archive.read(labelsName), shape.count, `${path}, ${labelsName}`);
      return {
        count: shape.count,
        numClasses: countClasses(labels ?? [null]),
        classNames: null,
        images: (limit) => readNpyImages(open, shape, source, labels, limit),
        close: () => archive.close(),
      };
    } catch (error) {
      archive.close();
      throw error;
    }
  },
};

function readLabels(bytes: Uint8Array, count: number, source: string): Label[] {
  const array = decodeNpy(bytes, source);
  const { shape } = array;
  const width = shape[1] ?? 1;
  if (shape.length < 1 || shape.length > 2 || shape[0] !== count || width === 0) {
    throw new Error(
      `${source}: an array of shape [${shape.join(', ')}]; expected ${count} labels: numbers [${count}], or vectors [${count}, D].`,
    );
  }
  const numbers = Array.from(array.dtype === 'F16' ? toFloat32(array) : array.data, Number);
  if (shape.length === 1) return numbers;
  return Array.from({ length: count }, (_, i) => numbers.slice(i * width, (i + 1) * width));
}
