import { basename } from 'node:path';
import { openSourceFiles } from '../files/open-source-files.js';
import { cifar } from '../sources/cifar.js';
import { idx } from '../sources/idx.js';
import { imageFiles } from '../sources/image-files.js';
import { findSourceFormat } from '../sources/index.js';
import { npy } from '../sources/npy.js';
import { npz } from '../sources/npz.js';
import type { ImageSource } from '../sources/source.js';
import { openPictureFiles } from './picture-files.js';
import type { Picture, Pictures } from './pictures.js';

/** Settings of {@link openPictures}. */
export interface PicturesOptions {
  /** Names of the only image files to look at, in a folder. Default: all of them. */
  only?: ReadonlySet<string>;
}

/** Sources whose images have one size. */
const OF_ONE_SIZE = new Set([cifar, idx, npy, npz]);

/**
 * Opens images of any sizes, to be measured: whatever `convertDataset` reads. They need not be square, of one size or of one
 * kind.
 *
 * @throws if there are none, or the source is not valid
 */
export async function openPictures(path: string, { only }: PicturesOptions = {}): Promise<Pictures> {
  const { files, format } = await findSourceFormat(path);
  if (format === imageFiles) {
    files.close();
    // With the names that they have in the folder.
    return openPictureFiles(await openSourceFiles(path), only);
  }
  // Labels that are missing or damaged do not matter here.
  const source = await format.open(files, { labels: 'none' });
  try {
    const first = OF_ONE_SIZE.has(format) ? await firstOf(source) : null;
    return {
      name: basename(path).replace(/\.[^.]*$/, ''),
      path,
      count: source.count,
      notes: source.notes,
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
    if ('problem' in image) throw new Error(image.problem);
    yield image;
  }
}
