import { countClasses } from '../class-names.js';
import { recognizeFile } from '../files/file-kind.js';
import type { SourceFiles } from '../files/source-files.js';
import { readIdxFile } from './idx-file.js';
import type { ImageSource, SourceChoice, SourceFormat, SourceImage } from './source.js';
import { chooseSplit, splitOfWord } from './splits.js';

/** Names as they are published: `train-images-idx3-ubyte.gz`, unpacked, or with a dot in the place of a dash. */
const IMAGES_NAME = /(^|[^a-z])images?[-.]idx3-ubyte(\.gz)?$/i;
const LABELS_NAME = /(^|[^a-z])labels?[-.]idx1-ubyte(\.gz)?$/i;
const ENOUGH = 4096;

/**
 * MNIST and its relatives. The path is that of the images, or of a folder or archive with them; the labels are in a
 * file in the same folder. The images (28x28, gray) are padded with zeros to the next power of two, 32x32, as EDM's
 * and StyleGAN's `dataset_tool.py` do, if they are square.
 */
export const idx: SourceFormat = {
  looksLike:
    'train-images-idx3-ubyte.gz (or any *-images-idx3-ubyte, gzipped or not, with its *-labels-idx1-ubyte in the same folder), ' +
    'or a folder such as MNIST/raw',
  recognizes: (files) => listImages(files).length > 0,
  async open(files, choice) {
    const listed = chooseSplit(listImages(files), splitOfFile, choice.split, files.path, 'file');
    const items = withoutCopies(files, listed.items);
    if (items.length > 1) {
      throw new Error(
        `${files.path} has several files of images: ${items.join(', ')}. Give the path of one of them as the source.`,
      );
    }
    return openIdx(files, items[0]!, choice, [...files.notes, ...listed.notes]);
  },
};

/** The files of images. Of a file and its gzipped form, the first. */
function listImages(files: SourceFiles): string[] {
  if (files.only !== null) {
    const isImages = IMAGES_NAME.test(files.only) || recognizeFile(files.readPart(files.only, 0, ENOUGH)) === 'idx';
    return isImages ? [files.only] : [];
  }
  const names = files.names.filter((name) => IMAGES_NAME.test(name)).sort();
  return names.filter((name) => !name.endsWith('.gz') || !names.includes(name.slice(0, -3)));
}

/** Leaves out copies, files with the name and the bytes of one before: Kaggle's archive of MNIST has every file twice. */
function withoutCopies(files: SourceFiles, names: readonly string[]): string[] {
  const plain = (name: string) =>
    name
      .slice(name.lastIndexOf('/') + 1)
      .toLowerCase()
      .replace('.idx', '-idx');
  const kept: string[] = [];
  for (const name of names) {
    const isCopy = kept.some(
      (other) => plain(other) === plain(name) && Buffer.compare(files.read(other), files.read(name)) === 0,
    );
    if (!isCopy) kept.push(name);
  }
  return kept;
}

/** `train` of `emnist-letters-train-images-idx3-ubyte.gz`, `test` of `t10k-images-idx3-ubyte`. */
function splitOfFile(name: string): string | null {
  const words = name.slice(name.lastIndexOf('/') + 1).split(/[-_.]/);
  return words.map(splitOfWord).find((split) => split !== null) ?? null;
}

/** The file of labels that belongs to a file of images; null if the name does not say which. */
function findLabels(files: SourceFiles, images: string): string | null {
  if (!/images?/i.test(images)) return null;
  const fileName = images.slice(images.lastIndexOf('/') + 1);
  const expected = fileName
    .replace(/images/i, 'labels')
    .replace(/image/i, 'label')
    .replace(/idx3/i, 'idx1');
  const other = expected.endsWith('.gz') ? expected.slice(0, -3) : `${expected}.gz`;
  const inFolder = (name: string) => images.slice(0, -fileName.length) + name;
  const endsWith = (wanted: string) => files.names.find((name) => name === wanted || name.endsWith(`/${wanted}`));
  const found = [expected, other].flatMap((name) => (files.has(inFolder(name)) ? [inFolder(name)] : []))[0];
  return found ?? endsWith(expected) ?? endsWith(other) ?? inFolder(expected);
}

async function openIdx(
  files: SourceFiles,
  name: string,
  choice: SourceChoice,
  notes: readonly string[],
): Promise<ImageSource> {
  const path = files.describe(name);
  if (LABELS_NAME.test(name)) {
    throw new Error(
      `${path} has labels. Give the file of its images as the source, such as ${name.replace(/labels?/i, 'images').replace(/idx1/i, 'idx3')}.`,
    );
  }
  const images = await readIdxFile(files, name, 3, 'images');
  const labelsName = choice.labels === 'none' ? null : findLabels(files, name);
  if (labelsName !== null && !files.has(labelsName)) {
    throw new Error(
      `${files.describe(labelsName)} does not exist; expected the labels of ${path} there. Put them there, give a folder with ` +
        'both, or convert without labels: --labels none (labels: none).',
    );
  }
  const labels = labelsName === null ? null : await readIdxFile(files, labelsName, 1, 'the labels of those images');
  const [count, rows, columns] = images.shape as [number, number, number];
  if (labels !== null && labels.shape[0] !== count) {
    throw new Error(
      `${path} has ${count} images and ${files.describe(labelsName!)} has ${labels.shape[0]} labels; they are not of one data set.`,
    );
  }
  if (count === 0 || columns === 0 || rows === 0) {
    throw new Error(
      `${path}: ${count} images of ${columns}x${rows} pixels; expected at least one, and not empty ones.`,
    );
  }
  // Other images than square ones need a resolution, or a transform.
  const side = rows === columns ? 2 ** Math.ceil(Math.log2(rows)) : null;
  const isUnnamed = labelsName === null && choice.labels !== 'none';
  const unlabeled = isUnnamed
    ? ['labels are looked for beside a file whose name has "images", such as train-images-idx3-ubyte']
    : [];
  return {
    count,
    numClasses: countClasses(labels?.data ?? [null]),
    classNames: null,
    notes: [
      ...notes,
      ...(/emnist/i.test(name)
        ? ['EMNIST stores its images with rows and columns exchanged; they are taken as they are stored']
        : []),
      ...unlabeled,
    ],
    *images(limit): Generator<SourceImage> {
      for (let i = 0; i < Math.min(count, limit); i++) {
        const pixels = images.data.subarray(i * rows * columns, (i + 1) * rows * columns);
        yield {
          name: `${path} (image ${i})`,
          width: side ?? columns,
          height: side ?? rows,
          channels: 1,
          data: side === null ? pixels : padWithZeros(pixels, rows, side),
          label: labels?.data[i] ?? null,
        };
      }
    },
    close: () => files.close(),
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
