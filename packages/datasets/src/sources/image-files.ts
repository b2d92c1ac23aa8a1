import { countClasses } from '../class-names.js';
import { decodeImage, isImageName, isUnreadImageName } from '../decoding/decode-image.js';
import type { SourceLabels } from '../labels.js';
import { mapAhead } from './map-ahead.js';
import type { ImageSource, SourceImage } from './source.js';

/** Images decoded ahead of the one that is being written. JPEG files are decoded in other threads. */
const AHEAD = 4;

/** Encoded images with names: those of a folder or an archive. */
export interface ImageFiles {
  /** Name of the collection, for messages. */
  path: string;
  /** Names of all files, in any order. */
  names: readonly string[];
  read(name: string): Promise<Uint8Array> | Uint8Array;
  /** Null if there are none. */
  labels: SourceLabels | null;
  /** Describes one of the files, for messages. */
  describe(name: string): string;
  close?(): void;
}

/**
 * The images among files, in the order of their names.
 *
 * @throws if there are none, or files of a kind that is not supported
 */
export function openImageFiles({ path, names, read, labels, describe, close }: ImageFiles): ImageSource {
  const unread = names.find(isUnreadImageName);
  if (unread !== undefined) {
    throw new Error(`${describe(unread)}: images of this kind are not supported; convert it to PNG, or move it away.`);
  }
  const images = sortNames(names.filter(isImageName));
  if (images.length === 0) throw new Error(`${path} has no PNG, JPEG or WebP images.`);
  const findLabel = (name: string) => labels?.byName.get(name) ?? null;
  const decode = async (name: string): Promise<SourceImage> => {
    const source = describe(name);
    return { ...(await decodeImage(await read(name), source)), name: source, label: findLabel(name) };
  };
  return {
    count: images.length,
    numClasses: countClasses(images.map(findLabel)),
    classNames: labels?.classNames ?? null,
    images: (limit) => mapAhead(images.slice(0, limit), AHEAD, decode),
    close,
  };
}

/** Sorts names by their Unicode code points, as Python does. UTF-8 keeps that order. */
export function sortNames(names: readonly string[]): string[] {
  const keyed = names.map((name) => [Buffer.from(name), name] as const);
  return keyed.sort(([a], [b]) => Buffer.compare(a, b)).map(([, name]) => name);
}
