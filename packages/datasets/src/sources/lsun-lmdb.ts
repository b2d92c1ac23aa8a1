import { dirname } from 'node:path';
import { decodeImage } from '../decoding/decode-image.js';
import { HEAD_BYTES, recognizeFile } from '../files/file-kind.js';
import { toRgb } from '../transform/crop.js';
import { LmdbReader } from './lmdb-reader.js';
import type { SourceFormat, SourceImage, UnreadableImage } from './source.js';

const DATA = 'data.mdb';

/**
 * A folder of LSUN, or a file of LMDB: a database of JPEG or WebP images, in the order of its keys. Its images are RGB and have
 * no labels.
 */
export const lsunLmdb: SourceFormat = {
  looksLike: 'a folder *_lmdb with data.mdb (LSUN), or a file with such a database',
  recognizes(files) {
    if (files.only === null) return files.isFolder && files.has(DATA);
    return files.only === DATA || recognizeFile(files.readPart(files.only, 0, HEAD_BYTES)) === 'LMDB database';
  },
  open(files) {
    const file = files.describe(files.only ?? DATA);
    const path = (files.only ?? DATA) === DATA ? dirname(file) : file;
    const database = LmdbReader.open(file);
    return {
      count: database.count,
      numClasses: 0,
      classNames: null,
      notes: files.notes,
      images: (limit) => readImages(database, path, limit),
      close: () => database.close(),
    };
  },
};

async function* readImages(
  database: LmdbReader,
  path: string,
  limit: number,
): AsyncGenerator<SourceImage | UnreadableImage> {
  let left = limit;
  for (const { key, value } of database.records()) {
    if (left-- <= 0) return;
    const name = `${path}, ${Buffer.from(key).toString('latin1')}`;
    try {
      const image = await decodeImage(value, name);
      yield { ...toRgb(image), changes: image.changes, name, label: null };
    } catch (error) {
      yield { name, problem: (error as Error).message, isExpected: true };
    }
  }
}
