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
const BATCHES = 5;
const BATCH_IMAGES = 10_000;
const BATCH_NAME = /^data_batch_([1-5])$/;
/** A batch is 31 MB. */
const MAX_BATCH_BYTES = 100e6;

/**
 * CIFAR-10 as it is published for Python: five pickles of 10,000 images, in planes of red, green and blue. One of them at a
 * time is in memory. The pickles are read as data: nothing in them is executed.
 */
export const cifar10: SourceFormat = {
  looksLike: 'cifar-10-python.tar.gz',
  matches: (path) => basename(path) === 'cifar-10-python.tar.gz',
  async open(path) {
    const names: string[] = [];
    for await (const { name } of batches(path, { contents: false })) names.push(name);
    if (names.join() !== Array.from({ length: BATCHES }, (_, i) => `data_batch_${i + 1}`).join()) {
      throw new Error(
        `${path}: expected data_batch_1 to data_batch_${BATCHES} in it, found ${names.join(', ') || 'none'}.`,
      );
    }
    return { count: BATCHES * BATCH_IMAGES, images: (limit) => images(path, limit) };
  },
};

async function* images(path: string, limit: number): AsyncGenerator<SourceImage> {
  let left = limit;
  for await (const { name, bytes } of batches(path, { contents: true })) {
    const { pixels, labels } = readBatch(bytes, `${path}, ${name}`);
    for (const [i, label] of labels.entries()) {
      if (left-- <= 0) return;
      const planes = pixels.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES);
      yield {
        name: `${path}, ${name} (image ${i})`,
        width: SIDE,
        height: SIDE,
        channels: CHANNELS,
        data: interleave(planes),
        label,
      };
    }
  }
}

/** The five batches, in the order of the archive. @param contents whether to read them too: without, they are empty */
async function* batches(
  path: string,
  { contents }: { contents: boolean },
): AsyncGenerator<{ name: string; bytes: Buffer }> {
  const extract = tar.extract();
  // The reader of the archive gets the error of any of the streams.
  pipeline(createReadStream(path), createGunzip(), extract, () => undefined);
  try {
    for await (const entry of extract) {
      const name = basename(entry.header.name);
      if (!BATCH_NAME.test(name) || entry.header.type !== 'file' || !contents) {
        if (BATCH_NAME.test(name)) yield { name, bytes: Buffer.alloc(0) };
        entry.resume();
        continue;
      }
      if ((entry.header.size ?? 0) > MAX_BATCH_BYTES) throw new Error(`${name} has ${entry.header.size} bytes`);
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
  const refuse = (what: string) => new Error(`${source}: ${what}; is this CIFAR-10 for Python, and complete?`);
  const batch = decodeTorchFile(bytes, source);
  if (!(batch instanceof Map)) throw refuse('not a dict');
  const [data, labels] = [batch.get('data'), batch.get('labels')];
  if (!(data instanceof NumpyArray) || data.dtype !== 'U8' || data.shape.join() !== `${BATCH_IMAGES},${IMAGE_BYTES}`) {
    throw refuse(`its "data" are not ${BATCH_IMAGES} x ${IMAGE_BYTES} bytes`);
  }
  const isClass = (label: unknown) => Number.isInteger(label) && (label as number) >= 0 && (label as number) < CLASSES;
  if (!Array.isArray(labels) || labels.length !== BATCH_IMAGES || !labels.every(isClass)) {
    throw refuse(`its "labels" are not ${BATCH_IMAGES} whole numbers from 0 to ${CLASSES - 1}`);
  }
  return { pixels: data.data as Uint8Array, labels: labels as number[] };
}

/** Planes, one after another, as pixels. */
function interleave(planes: Uint8Array): Uint8Array {
  const plane = planes.length / CHANNELS;
  const pixels = new Uint8Array(planes.length);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < CHANNELS; channel++) pixels[i * CHANNELS + channel] = planes[channel * plane + i]!;
  }
  return pixels;
}
