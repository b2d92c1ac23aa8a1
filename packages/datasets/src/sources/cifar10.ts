import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { decodeTorchFile, NumpyArray } from '@onestep/checkpoint';
import tar from 'tar-stream';
import type { SourceFormat, SourceImage } from './source.js';

const SIDE = 32;
const CHANNELS = 3;
const IMAGE_BYTES = SIDE * SIDE * CHANNELS;
const CLASSES = 10;
const BATCH_IMAGES = 10_000;
const BATCHES = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}`);
const BATCH_NAME = /^data_batch_\d+$/;
/** The file with the names of the classes. */
const META = 'batches.meta';
/** Bytes of a file that is read; a batch has 31 MB. */
const MAX_FILE_BYTES = 100e6;

/**
 * CIFAR-10 as it is published for Python: five pickles of 10,000 images, in planes of red, green and blue.
 * One pickle at a time is in memory; nothing in it is executed. The batches are read in the order of their
 * numbers. They are in another order in the archive, which is unpacked again for each of them.
 */
export const cifar10: SourceFormat = {
  looksLike: 'cifar-10-python.tar.gz',
  matches: (path) => basename(path) === 'cifar-10-python.tar.gz',
  async open(path) {
    const found: string[] = [];
    let classNames: readonly string[] | null = null;
    for await (const { name, bytes } of readArchive(path, META)) {
      if (BATCH_NAME.test(name)) found.push(name);
      if (name === META) classNames = readClassNames(bytes, `${path}, ${name}`);
    }
    if (found.sort().join() !== BATCHES.join()) {
      throw new Error(
        `${path}: expected data_batch_1 to data_batch_${BATCHES.length} in it, found ${found.join(', ') || 'none'}.`,
      );
    }
    const count = BATCHES.length * BATCH_IMAGES;
    return { count, numClasses: CLASSES, classNames, images: (limit) => readImages(path, limit) };
  },
};

async function* readImages(path: string, limit: number): AsyncGenerator<SourceImage> {
  let left = limit;
  for (const name of BATCHES) {
    if (left <= 0) return;
    const source = `${path}, ${name}`;
    const { pixels, labels } = readBatch(await readFile(path, name), source);
    for (const [i, label] of labels.slice(0, left).entries()) {
      const planes = pixels.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES);
      const data = interleavePlanes(planes);
      yield { name: `${source} (image ${i})`, width: SIDE, height: SIDE, channels: CHANNELS, data, label };
    }
    left -= labels.length;
  }
}

/** Reads one file of the archive. */
async function readFile(path: string, wanted: string): Promise<Buffer> {
  for await (const { name, bytes } of readArchive(path, wanted)) if (name === wanted) return bytes;
  throw new Error(`${path} has no ${wanted}.`);
}

/**
 * Goes through the files of the archive.
 *
 * @param wanted name of the file that is read; the bytes of others are empty
 */
async function* readArchive(path: string, wanted: string): AsyncGenerator<{ name: string; bytes: Buffer }> {
  const extract = tar.extract();
  // The reader of `extract` gets the error of any of the streams.
  pipeline(createReadStream(path), createGunzip(), extract, () => undefined);
  try {
    for await (const entry of extract) {
      const name = basename(entry.header.name);
      if (entry.header.type !== 'file' || name !== wanted) {
        if (entry.header.type === 'file') yield { name, bytes: Buffer.alloc(0) };
        entry.resume();
        continue;
      }
      if ((entry.header.size ?? 0) > MAX_FILE_BYTES) throw new Error(`${name} has ${entry.header.size} bytes`);
      const pieces: Buffer[] = [];
      for await (const piece of entry) pieces.push(piece as Buffer);
      yield { name, bytes: Buffer.concat(pieces) };
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`${path} does not exist.`, { cause: error });
    throw new Error(`${path}: not a complete .tar.gz archive (${message}); copy it again.`, { cause: error });
  }
}

function readBatch(bytes: Buffer, source: string): { pixels: Uint8Array; labels: number[] } {
  const batch = decodeTorchFile(bytes, source);
  if (!(batch instanceof Map)) throw batchError(source, 'not a dict');
  const [data, labels] = [batch.get('data'), batch.get('labels')];
  if (!(data instanceof NumpyArray) || data.dtype !== 'U8' || data.shape.join() !== `${BATCH_IMAGES},${IMAGE_BYTES}`) {
    throw batchError(source, `its "data" are not ${BATCH_IMAGES} x ${IMAGE_BYTES} bytes`);
  }
  const isClass = (label: unknown) => Number.isInteger(label) && (label as number) >= 0 && (label as number) < CLASSES;
  if (!Array.isArray(labels) || labels.length !== BATCH_IMAGES || !labels.every(isClass)) {
    throw batchError(source, `its "labels" are not ${BATCH_IMAGES} whole numbers from 0 to ${CLASSES - 1}`);
  }
  return { pixels: data.data as Uint8Array, labels: labels as number[] };
}

function readClassNames(bytes: Buffer, source: string): string[] {
  const meta = decodeTorchFile(bytes, source);
  const names = meta instanceof Map ? meta.get('label_names') : undefined;
  if (!Array.isArray(names) || names.length !== CLASSES || !names.every((name) => typeof name === 'string')) {
    throw batchError(source, `its "label_names" are not ${CLASSES} strings`);
  }
  return names as string[];
}

function batchError(source: string, what: string): Error {
  return new Error(`${source}: ${what}; is this CIFAR-10 for Python, and complete?`);
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
