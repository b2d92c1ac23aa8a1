import { basename } from 'node:path';
import { cifar10 } from '../sources/cifar10.js';
import { folder } from '../sources/folder.js';
import { idx } from '../sources/idx.js';
import { findSourceFormat } from '../sources/index.js';
import { npy } from '../sources/npy.js';
import { npz } from '../sources/npz.js';
import type { ImageSource } from '../sources/source.js';
import { zip } from '../sources/zip.js';
import { openPictureFiles } from './picture-files.js';
import type { Picture, Pictures } from './pictures.js';

/** Settings of {@link openPictures}. */
export interface PicturesOptions {
  /** Names of the only image files to look at, in a folder. Default: all of them. */
  only?: ReadonlySet<string>;
}

/** Sources whose images have one size. */
const OF_ONE_SIZE = new Set([cifar10, idx, npy, npz]);

/**
 * Opens images of any sizes, to be measured: whatever `convertDataset` reads. They need not be square, of one size or of one
 * kind.
 *
 * @throws if there are none, or the source is not valid
 */
export async function openPictures(path: string, { only }: PicturesOptions = {}): Promise<Pictures> {
  const format = findSourceFormat(path);
  if (format === folder || format === zip) return openPictureFiles(path, only);
  const source = await format.open(path);
  try {
    const first = OF_ONE_SIZE.has(format) ? await firstOf(source) : null;
    return {
      name: basename(path).replace(/\.[^.]*$/, ''),
      path,
      count: source.count,
      names: null,
      leftOut: [],
      shape: first && { width: first.width, height: first.height, channels: first.channels },
      images: (chosen) => chosenOf(source, chosen),
      close: () => source.close?.(),
    };
  } catch (error) {
    source.close?.();
    throw error;
  }
}

async function firstOf(source: ImageSource): Promise<Picture | null> {
  for await (const image of source.images(1)) return 'problem' in image ? null : image;
  return null;
}

/** @throws naming a record that is not an image that can be read */
async function* chosenOf(source: ImageSource, chosen: Int32Array): AsyncGenerator<Picture> {
  let [index, next] = [0, 0];
  for await (const image of source.images((chosen.at(-1) ?? -1) + 1)) {
    if (index++ !== chosen[next]) continue;
    next += 1;
    if ('problem' in image) throw new Error(`${image.name}: ${image.problem}`);
    yield image;
  }
}
