import { ByteRange, decodeTorchFile, NumpyArray } from '@onestep/checkpoint';
import { decodeText } from '../files/text.js';
import type { SourceFiles } from '../files/source-files.js';
import { chooseSplit, splitOfWord } from './splits.js';
import type { ImageSource, SourceFormat, SourceImage } from './source.js';

const SIDE = 32;
const CHANNELS = 3;
const IMAGE_BYTES = SIDE * SIDE * CHANNELS;
const TRAINING_BATCHES = [1, 2, 3, 4, 5];
/** Batches of any of the variants. */
const OTHER_BATCHES = /^(data_batch_[1-5]|test_batch|train|test)(\.bin)?$/;
/** Images of MNIST and its relatives. */
const IDX_IMAGES = /images?[-.]idx3-ubyte(\.gz)?$/i;

/** How CIFAR is published: for Python (pickles) or as bytes, with 10 classes or with 100. */
interface Variant {
  name: string;
  numClasses: number;
  /** Names of the batches in their order, the test images last. */
  batches: readonly string[];
  /** The file with the names of the classes, which may be missing. */
  meta: string;
  /** Bytes of the labels before each image; 0 for pickles. */
  labelBytes: number;
  /** Place of the label among them. */
  labelAt: number;
  /** Key of the labels in a pickle. */
  labelKey: string;
  /** Key of the names in a pickle. */
  namesKey: string;
}

/**
 * CIFAR-10 and CIFAR-100 as they are published, for Python and as bytes: batches of images in planes of red, green
 * and blue. Batches are read by their names, in the order of their numbers, whatever their order in an archive. One
 * batch at a time is in memory; nothing in a pickle is executed.
 */
export const cifar: SourceFormat = {
  looksLike: 'CIFAR-10 or CIFAR-100 (cifar-10-python.tar.gz, its folder, the binary version)',
  recognizes(files) {
    const variant = findVariant(files, undefined);
    return variant !== null && (files.only === null || variant.batches.includes(files.only));
  },
  open(files, choice) {
    const variant = findVariant(files, choice.labels)!;
    if (files.only === null) assertOneDataset(files, variant);
    if (files.only !== null) return openBatches(files, variant, [files.only], choice.labels !== 'none', []);
    const { items: batches, notes } = chooseSplit(
      variant.batches,
      (name) => splitOfBatch(name),
      choice.split,
      files.path,
      'batch',
    );
    const places = placesByName(files);
    const wanted = batches.filter((name) => splitOfBatch(name) === 'train');
    const found = wanted.filter((name) => places.has(name));
    if (found.length < wanted.length) {
      throw new Error(
        `${files.path}: expected ${wanted[0]} to ${wanted.at(-1)} in it, found ${found.join(', ') || 'none'}.`,
      );
    }
    return openBatches(files, variant, batches, choice.labels !== 'none', notes);
  },
};

function openBatches(
  files: SourceFiles,
  variant: Variant,
  batches: readonly string[],
  isLabeled: boolean,
  notes: readonly string[],
): ImageSource {
  const places = placesByName(files);
  const missing = batches.find((name) => !places.has(name));
  if (missing !== undefined) throw new Error(`${files.path} has no ${missing}.`);
  const first = readBatch(files, places.get(batches[0]!)!, variant);
  const meta = places.get(variant.meta);
  const classNames = meta === undefined ? null : readClassNames(files, meta, variant);
  return {
    count: first.labels.length * batches.length,
    numClasses: isLabeled ? variant.numClasses : 0,
    classNames: isLabeled ? classNames : null,
    notes: [...files.notes, ...notes],
    *images(limit): Generator<SourceImage> {
      let left = limit;
      for (const name of batches) {
        if (left <= 0) return;
        const place = places.get(name)!;
        const batch = readBatch(files, place, variant);
        for (const [i, label] of batch.labels.slice(0, left).entries()) {
          yield {
            name: `${files.describe(place)} (image ${i})`,
            width: SIDE,
            height: SIDE,
            channels: CHANNELS,
            data: interleavePlanes(batch.planesAt(i)),
            label: isLabeled ? label : null,
          };
        }
        left -= batch.labels.length;
      }
    },
    close: () => files.close(),
  };
}

/** @param labels `fine` or `coarse`, of CIFAR-100 */
function findVariant(files: SourceFiles, labels: string | undefined): Variant | null {
  const names = placesByName(files);
  const hasBatch = (ending: string) => TRAINING_BATCHES.some((number) => names.has(`data_batch_${number}${ending}`));
  const ten = (ending: string) => ({
    name: 'CIFAR-10',
    numClasses: 10,
    batches: [...TRAINING_BATCHES.map((number) => `data_batch_${number}${ending}`), `test_batch${ending}`],
    labelAt: 0,
    labelKey: 'labels',
    namesKey: 'label_names',
  });
  if (hasBatch('')) return checkLabels({ ...ten(''), meta: 'batches.meta', labelBytes: 0 }, files, labels, []);
  if (hasBatch('.bin')) {
    return checkLabels({ ...ten('.bin'), meta: 'batches.meta.txt', labelBytes: 1 }, files, labels, []);
  }
  const isCoarse = labels === 'coarse';
  const kind = isCoarse ? 'coarse' : 'fine';
  const hundred = (ending: string) => ({
    name: 'CIFAR-100',
    numClasses: isCoarse ? 20 : 100,
    batches: [`train${ending}`, `test${ending}`],
    labelAt: isCoarse ? 0 : 1,
    labelKey: `${kind}_labels`,
    namesKey: `${kind}_label_names`,
  });
  const known = ['fine', 'coarse'];
  if (names.has('meta') && (names.has('train') || names.has('test'))) {
    return checkLabels({ ...hundred(''), meta: 'meta', labelBytes: 0 }, files, labels, known);
  }
  if ((names.has('train.bin') || names.has('test.bin')) && names.has('fine_label_names.txt')) {
    return checkLabels({ ...hundred('.bin'), meta: `${kind}_label_names.txt`, labelBytes: 2 }, files, labels, known);
  }
  return null;
}

function checkLabels(
  variant: Variant,
  files: SourceFiles,
  labels: string | undefined,
  known: readonly string[],
): Variant {
  if (labels === undefined || labels === 'none' || known.includes(labels)) return variant;
  const which =
    known.length === 0 ? 'has one kind of labels; leave the choice out' : `has ${known.join(' and ')} labels`;
  throw new Error(`${files.path} has no labels ${labels}: ${variant.name} ${which}.`);
}

/** @throws if the files hold several data sets, naming their folders */
function assertOneDataset(files: SourceFiles, variant: Variant): void {
  const isBatch = (name: string) => variant.batches.includes(name) || OTHER_BATCHES.test(name);
  const folders = new Set<string>();
  for (const place of files.names) {
    const start = place.lastIndexOf('/') + 1;
    if (isBatch(place.slice(start)) || IDX_IMAGES.test(place)) folders.add(place.slice(0, start));
  }
  if (folders.size < 2) return;
  const list = [...folders].map((folder) => (folder === '' ? 'its top folder' : folder.slice(0, -1))).sort();
  throw new Error(
    `${files.path} has several data sets: ${list.join(', ')}. Give the folder of one of them as the source.`,
  );
}

/** Where files are, by their names without folders. */
function placesByName(files: SourceFiles): Map<string, string> {
  return new Map(files.names.map((place) => [place.slice(place.lastIndexOf('/') + 1), place]));
}

function splitOfBatch(name: string): string {
  return splitOfWord(name.replace(/[_.].*$/, '')) ?? 'train';
}

interface Batch {
  labels: readonly number[];
  /** [3, 32, 32] */
  planesAt(index: number): Uint8Array;
}

function readBatch(files: SourceFiles, place: string, variant: Variant): Batch {
  const source = files.describe(place);
  const bytes = files.read(place);
  const fileError = (what: string) => new Error(`${source}: ${what}; is this ${variant.name}, and complete?`);
  const isClass = (label: unknown): label is number =>
    Number.isInteger(label) && (label as number) >= 0 && (label as number) < variant.numClasses;
  const expected = `whole numbers from 0 to ${variant.numClasses - 1}`;
  if (variant.labelBytes > 0) {
    const row = variant.labelBytes + IMAGE_BYTES;
    const count = bytes.length / row;
    if (count === 0 || !Number.isInteger(count)) {
      throw fileError(`${bytes.length} bytes, which are not rows of ${row} bytes`);
    }
    const labels = Array.from({ length: count }, (_, i) => bytes[i * row + variant.labelAt]!);
    if (!labels.every(isClass)) throw fileError(`its labels are not ${expected}`);
    return { labels, planesAt: (i) => bytes.subarray(i * row + variant.labelBytes, (i + 1) * row) };
  }
  const batch = decodeTorchFile(bytes, source);
  if (!(batch instanceof Map)) throw fileError('not a dict');
  const [data, labels] = [valueOf(batch, 'data'), listOf(valueOf(batch, variant.labelKey))];
  const isPixels = data instanceof NumpyArray && data.dtype === 'U8' && data.shape.length === 2;
  if (!isPixels || data.shape[1] !== IMAGE_BYTES || data.shape[0] === 0) {
    throw fileError(`its "data" are not N x ${IMAGE_BYTES} bytes`);
  }
  if (!Array.isArray(labels) || labels.length !== data.shape[0] || !labels.every(isClass)) {
    throw fileError(`its "${variant.labelKey}" are not ${data.shape[0]} ${expected}`);
  }
  const pixels = data.data as Uint8Array;
  return { labels, planesAt: (i) => pixels.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES) };
}

function readClassNames(files: SourceFiles, place: string, variant: Variant): string[] {
  const source = files.describe(place);
  const bytes = files.read(place);
  let names: unknown;
  if (variant.labelBytes > 0)
    names = decodeText(bytes)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  else {
    const meta = decodeTorchFile(bytes, source);
    const listed = meta instanceof Map ? valueOf(meta, variant.namesKey) : undefined;
    names = Array.isArray(listed) ? listed.map(textOf) : undefined;
  }
  const isNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (!isNames || (names as string[]).length !== variant.numClasses) {
    throw new Error(
      `${source}: its "${variant.namesKey}" are not ${variant.numClasses} strings; is this ${variant.name}, and complete?`,
    );
  }
  return names as string[];
}

/** The value of a key, which is bytes in files that were read with `encoding='bytes'` and written again. */
function valueOf(dict: ReadonlyMap<unknown, unknown>, key: string): unknown {
  return dict.get(key) ?? [...dict].find(([name]) => textOf(name) === key)?.[1];
}

function textOf(value: unknown): unknown {
  return value instanceof ByteRange ? decodeText(value.bytes()) : value;
}

/** A list of numbers, of a list or an array of NumPy. */
function listOf(value: unknown): unknown {
  const isList = value instanceof NumpyArray && value.shape.length === 1;
  return isList ? Array.from(value.data as ArrayLike<number | bigint>, Number) : value;
}

/** Turns planes, one after another, into pixels. */
function interleavePlanes(planes: Uint8Array): Uint8Array {
  const plane = planes.length / CHANNELS;
  const pixels = new Uint8Array(planes.length);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < CHANNELS; channel++) pixels[i * CHANNELS + channel] = planes[channel * plane + i]!;
  }
  return pixels;
}
