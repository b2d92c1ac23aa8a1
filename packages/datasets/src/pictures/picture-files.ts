import { basename } from 'node:path';
import { decodeImage } from '../decoding/decode-image.js';
import { isImageName, isUnreadImageName } from '../decoding/image-format.js';
import type { SourceFiles } from '../files/source-files.js';
import { isSameShape, type ImageShape } from '../image-shape.js';
import { readPngShape } from '../png/decode.js';
import { sortNames } from '../sources/sort-names.js';
import { mapAhead } from '../sources/map-ahead.js';
import type { Picture, Pictures } from './pictures.js';

/** Images decoded ahead. JPEG files are decoded in other threads. */
const AHEAD = 4;
const PNG = /\.png$/i;

/**
 * Opens the image files of a folder or of an archive.
 *
 * @param files which are closed with the images, or if there are none
 * @param only names of the only files to look at
 * @throws if there are none, or files of a kind that is not supported
 */
export function openPictureFiles(files: SourceFiles, only: ReadonlySet<string> | undefined): Pictures {
  const { path } = files;
  try {
    const all = sortNames(files.names.filter(isImageName));
    const names = only === undefined ? all : all.filter((name) => only.has(name));
    const unread = only === undefined ? files.names.find(isUnreadImageName) : undefined;
    if (unread !== undefined) {
      throw new Error(`${path}, ${unread}: images of this kind are not supported; convert it to PNG, or move it away.`);
    }
    if (names.length === 0) throw new Error(`${path} has no images: PNG, JPEG, WebP, AVIF, GIF or TIFF files.`);
    return {
      name: basename(path).replace(/\.[^.]*$/, ''),
      path,
      count: names.length,
      names,
      leftOut: only === undefined ? [] : all.filter((name) => !only.has(name)),
      shape: commonShape(files, names),
      images: (chosen) =>
        mapAhead(
          Array.from(chosen, (index) => names[index]!),
          AHEAD,
          (name) => decode(files, name),
        ),
      close: () => files.close(),
    };
  } catch (error) {
    files.close();
    throw error;
  }
}

async function decode(files: SourceFiles, name: string): Promise<Picture> {
  const source = files.describe(name);
  return { ...(await decodeImage(files.read(name), source)), name: source };
}

/** The size of PNG files, by their headers; null if it is not the same, or is not known. */
function commonShape(files: SourceFiles, names: readonly string[]): ImageShape | null {
  if (!names.every((name) => PNG.test(name))) return null;
  let common: ImageShape | null = null;
  for (const name of names) {
    let shape: ImageShape;
    try {
      shape = readPngShape(files.read(name), name);
    } catch {
      return null;
    }
    if (common !== null && !isSameShape(common, shape)) return null;
    common = shape;
  }
  return common;
}
