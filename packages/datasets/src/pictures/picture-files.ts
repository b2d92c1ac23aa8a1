import { basename } from 'node:path';
import { decodeImage } from '../decoding/decode-image.js';
import { isImageName, isUnreadImageName } from '../decoding/image-format.js';
import type { SourceFiles } from '../files/source-files.js';
import { isSameShape, type ImageShape } from '../image-shape.js';
import { readPngShape } from '../png/decode.js';
import { mapAhead } from '../sources/map-ahead.js';
import { sortNames } from '../sources/sort-names.js';
import type { Picture, Pictures } from './pictures.js';

/** Images decoded ahead. JPEG files are decoded in other threads. */
const AHEAD = 4;
const PNG = /\.png$/i;
/** Bytes that hold the header of a PNG file. */
const HEADER_BYTES = 64;

/**
 * The image files of a folder or of an archive.
 *
 * @param files which the result closes
 * @param only names of the only files to look at
 * @throws if there are none, or files of a kind that is not supported
 */
export function openPictureFiles(files: SourceFiles, only: ReadonlySet<string> | undefined): Pictures {
  const all = sortNames(files.names.filter(isImageName));
  const names = only === undefined ? all : all.filter((name) => only.has(name));
  const unread = only === undefined ? files.names.find(isUnreadImageName) : undefined;
  if (names.length === 0 || unread !== undefined) {
    files.close();
    throw new Error(
      unread === undefined
        ? `${files.path} has no images that can be read: PNG, JPEG, WebP, AVIF, GIF or TIFF files.`
        : `${files.describe(unread)}: images of this kind are not supported; convert it to PNG, or move it away.`,
    );
  }
  const decode = async (name: string): Promise<Picture> => {
    const source = files.describe(name);
    return { ...(await decodeImage(files.read(name), source)), name: source };
  };
  return {
    name: basename(files.path).replace(/\.[^.]*$/, ''),
    path: files.path,
    count: names.length,
    notes: files.notes,
    leftOut: only === undefined ? [] : all.filter((name) => !only.has(name)),
    shape: commonShape(files, names),
    images: (chosen) =>
      mapAhead(
        Array.from(chosen, (index) => names[index]!),
        AHEAD,
        decode,
      ),
    close: () => files.close(),
  };
}

/** The size of PNG files, by their headers; null if it is not the same, or is not known. */
function commonShape(files: SourceFiles, names: readonly string[]): ImageShape | null {
  if (!names.every((name) => PNG.test(name))) return null;
  let common: ImageShape | null = null;
  for (const name of names) {
    const shape = shapeOf(files.readPart(name, 0, HEADER_BYTES), name);
    if (shape === null || (common !== null && !isSameShape(common, shape))) return null;
    common = shape;
  }
  return common;
}

/** @returns null for an image that is not gray or RGB of 8 bits */
function shapeOf(header: Uint8Array, name: string): ImageShape | null {
  try {
    return readPngShape(header, name);
  } catch {
    return null;
  }
}
