import { decodeImage, isImageName, isUnreadImageName } from '../decoding/decode-image.js';
import type { ImageSource, Label, SourceImage } from './source.js';
import { mapAhead } from './map-ahead.js';

/** Images decoded ahead of the one that is being written: JPEG files are decoded in other threads. */
const AHEAD = 4;

/** Encoded images with names: a folder's, or those of an archive. */
export interface ImageFiles {
  /** What messages call the collection. */
  path: string;
  /** Names of all files, in any order. */
  names: readonly string[];
  read(name: string): Promise<Uint8Array> | Uint8Array;
  /** Labels by name; null if there are none. An image that is missing here has none. */
  labels: ReadonlyMap<string, Label> | null;
  /** What messages call one of the files. */
  describe(name: string): string;
  close?(): void;
}

/**
 * The images among files, in the order of their names.
 *
 * @throws if there are none, or files of a kind that is not read
 */
export function imagesOfFiles({ path, names, read, labels, describe, close }: ImageFiles): ImageSource {
  const unread = names.find(isUnreadImageName);
  if (unread !== undefined) {
    throw new Error(`${describe(unread)}: images of this kind are not read; convert it to PNG, or move it away.`);
  }
  const images = sortedNames(names.filter(isImageName));
  if (images.length === 0) throw new Error(`${path} holds no PNG, JPEG or WebP images.`);
  return {
    count: images.length,
    images: (limit) =>
      mapAhead(images.slice(0, limit), AHEAD, async (name): Promise<SourceImage> => {
        const source = describe(name);
        return { ...(await decodeImage(await read(name), source)), name: source, label: labels?.get(name) ?? null };
      }),
    close,
  };
}

/** In the order of their Unicode code points, as Python sorts; UTF-8 keeps that order. */
export function sortedNames(names: readonly string[]): string[] {
  const keyed = names.map((name) => [Buffer.from(name), name] as const);
  return keyed.sort(([a], [b]) => Buffer.compare(a, b)).map(([, name]) => name);
}
