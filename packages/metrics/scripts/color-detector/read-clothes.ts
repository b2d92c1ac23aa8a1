import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Clothes } from './draw-picture.js';

/** Bytes before the data in files of images and of labels. */
const IMAGES_START = 16;
const LABELS_START = 8;

/** Reads Fashion-MNIST from the folder of its four idx.gz files. */
export async function readClothes(folder: string, part: 'train' | 't10k'): Promise<Clothes> {
  const read = async (name: string, start: number) =>
    gunzipSync(await readFile(join(folder, `${part}-${name}-ubyte.gz`))).subarray(start);
  return { images: await read('images-idx3', IMAGES_START), labels: await read('labels-idx1', LABELS_START) };
}
