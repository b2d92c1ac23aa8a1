import { basename } from 'node:path';
import { decodeImage, isImageName, isUnreadImageName } from '../decoding/decode-image.js';
import { openImageStore, type ImageStore } from '../image-store.js';
import { isSameShape, type ImageShape } from '../image-shape.js';
import { readPngShape } from '../png/decode.js';
import { sortNames } from '../sources/image-files.js';
import { mapAhead } from '../sources/map-ahead.js';
import type { Picture, Pictures } from './pictures.js';

/** Images decoded ahead. JPEG files are decoded in other threads. */
const AHEAD = 4;
const PNG = /\.png$/i;

/**
 * Opens the image files of a folder or of a ZIP file.
 *
 * @param only names of the only files to look at
 * @throws if there are none, or files of a kind that is not supported
 */
export async function openPictureFiles(path: string, only: ReadonlySet<string> | undefined): Promise<Pictures> {
  const store = await openImageStore(path);
  try {
    const all = sortNames(store.names().filter((name) => isImageName(name) && !isHidden(name)));
    const names = only === undefined ? all : all.filter((name) => only.has(name));
    const unread = only === undefined ? store.names().find((name) => isUnreadImageName(name) && !isHidden(name)) : undefined;
    if (unread !== undefined) {
      throw new Error(`${path}, ${unread}: images of this kind are not supported; convert it to PNG, or move it away.`);
    }
    if (names.length === 0) throw new Error(`${path} has no images: PNG, JPEG or WebP files.`);
    return {
      name: basename(path).replace(/\.[^.]*$/, ''),
      path,
      count: names.length,
      names,
      leftOut: only === undefined ? [] : all.filter((name) => !only.has(name)),
      shape: commonShape(store, names),
      images: (chosen) => mapAhead(Array.from(chosen, (index) => names[index]!), AHEAD, (name) => decode(store, name)),
      close: () => store.close(),
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** Files of the operating system and of editors, next to the images. */
function isHidden(name: string): boolean {
  return name.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
}

async function decode(store: ImageStore, name: string): Promise<Picture> {
  const source = `${store.path}, ${name}`;
  return { ...(await decodeImage(store.read(name), source)), name: source };
}

/** The size of PNG files, by their headers; null if it is not the same, or is not known. */
function commonShape(store: ImageStore, names: readonly string[]): ImageShape | null {
  if (!names.every((name) => PNG.test(name))) return null;
  let common: ImageShape | null = null;
  for (const name of names) {
    let shape: ImageShape;
    try {
      shape = readPngShape(store.read(name), name);
    } catch {
      return null;
    }
    if (common !== null && !isSameShape(common, shape)) return null;
    common = shape;
  }
  return common;
}
