import { join } from 'node:path';
import { decodeNpy, toFloat32, type HostTensor } from '@onestep/checkpoint';
import { countClasses } from '../class-names.js';
import type { SourceFiles } from '../files/source-files.js';
import { ZipReader } from '../zip/reader.js';
import { readNpyImages, readNpyImagesShape } from './npy-images.js';
import type { Label, SourceChoice, SourceFormat } from './source.js';
import { chooseSplit, splitOfWord } from './splits.js';

/**
 * Names of the arrays, in the order of preference: those of evaluation batches (`numpy.savez(file, images,
 * labels)`) first.
 */
const IMAGES = ['arr_0', 'images', 'x', 'data'];
const LABELS = ['arr_1', 'labels', 'y'];

/**
 * Arrays of `numpy.savez` or `savez_compressed`: images, and labels (classes [N], or vectors [N, D]) if there
 * are any. Also `x_train`, `y_train`, ... (Keras) and `train_images`, `train_labels`, ... (MedMNIST).
 */
export const npz: SourceFormat = {
  looksLike: `a .npz file with images (${IMAGES.join(', ')}, x_train, train_images) and labels (${LABELS.join(', ')}, y_train, train_labels)`,
  recognizes: (files) =>
    files.only === null ? files.path.endsWith('.npz') || hasArraysOnly(files) : files.only.endsWith('.npz'),
  async open(files, choice) {
    const path = files.only === null ? files.path : join(files.path, files.only);
    const archive = await ZipReader.open(path);
    try {
      const arrays = archive.names().map((name) => name.replace(/\.npy$/, ''));
      const { images: image, labels: label, notes } = findArrays(arrays, choice, path);
      const source = `${path}, ${image}.npy`;
      const open = () => archive.stream(`${image}.npy`);
      const shape = await readNpyImagesShape(open, source);
      const labels =
        label === null || choice.labels === 'none'
          ? null
          : readLabels(archive.read(`${label}.npy`), shape.count, `${path}, ${label}.npy`);
      return {
        count: shape.count,
        numClasses: countClasses(labels ?? [null]),
        classNames: null,
        notes,
        images: (limit) => readNpyImages(open, shape, source, labels, limit),
        close() {
          archive.close();
          files.close();
        },
      };
    } catch (error) {
      archive.close();
      throw error;
    }
  },
};

function hasArraysOnly({ names, isTar }: SourceFiles): boolean {
  return !isTar && names.length > 0 && names.every((name) => name.endsWith('.npy') && !name.includes('/'));
}

interface FoundArrays {
  images: string;
  labels: string | null;
  notes: string[];
}

/** @throws listing the arrays, if none of them has a known name */
function findArrays(arrays: readonly string[], choice: SourceChoice, path: string): FoundArrays {
  const first = (names: readonly string[]) => names.find((name) => arrays.includes(name));
  const plain = first(IMAGES);
  if (plain !== undefined) return { images: plain, labels: first(LABELS) ?? null, notes: [] };
  const splitOf = (name: string) =>
    name
      .split('_')
      .map(splitOfWord)
      .find((split) => split !== null) ?? null;
  const candidates = arrays.filter((name) => /^x_|_images$|^images_/i.test(name) && splitOf(name) !== null);
  if (candidates.length === 0) {
    throw new Error(
      `${path} has ${arrays.length === 0 ? 'no arrays' : `the arrays ${arrays.join(', ')}`}; ` +
        `expected the images as one of ${IMAGES.join(', ')}, x_train, train_images.`,
    );
  }
  const { items, notes } = chooseSplit(candidates, splitOf, choice.split, path, 'array');
  if (items.length > 1) {
    const wayOut = 'choose one split, such as train, or leave the other arrays out of the file';
    throw new Error(`${path} has images in ${items.join(', ')}; ${wayOut}.`);
  }
  const labels = items[0]!.replace(/^x_/, 'y_').replace(/^X_/, 'Y_').replace('images', 'labels');
  return { images: items[0]!, labels: first([labels, labels.replace(/^Y_/, 'y_')]) ?? null, notes };
}

/** @throws if an array has no labels, or those of another number of images */
function readLabels(bytes: Uint8Array, count: number, source: string): Label[] {
  const array = decodeLabels(bytes, source);
  const { shape } = array;
  const width = shape[1] ?? 1;
  if (shape.length < 1 || shape.length > 2 || shape[0] !== count || width === 0) {
    throw new Error(
      `${source}: an array of shape [${shape.join(', ')}]; expected ${count} labels: numbers [${count}], or vectors [${count}, D].`,
    );
  }
  const numbers = Array.from(array.dtype === 'F16' ? toFloat32(array) : array.data, Number);
  // A column of whole numbers are classes, as in Keras and MedMNIST.
  if (shape.length === 1 || (width === 1 && numbers.every(Number.isInteger))) return numbers;
  return Array.from({ length: count }, (_, i) => numbers.slice(i * width, (i + 1) * width));
}

function decodeLabels(bytes: Uint8Array, source: string): HostTensor {
  try {
    return decodeNpy(bytes, source);
  } catch (error) {
    throw new Error(
      `${(error as Error).message} Labels are numbers: number the classes (numpy.unique with return_inverse=True), or leave them out ` +
        'with --labels none (labels: none).',
      { cause: error },
    );
  }
}
