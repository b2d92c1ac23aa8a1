import { MissingSource, openSourceFiles } from '../files/open-source-files.js';
import type { SourceFiles } from '../files/source-files.js';
import { withoutOuterFolder } from '../files/without-outer-folder.js';
import { cifar } from './cifar.js';
import { idx } from './idx.js';
import { imageFiles } from './image-files.js';
import { lsunLmdb } from './lsun-lmdb.js';
import { npy } from './npy.js';
import { npz } from './npz.js';
import { parquet } from './parquet.js';
import type { ImageSource, SourceChoice, SourceFormat } from './source.js';
import { webDataset } from './web-dataset.js';

/**
 * All kinds of sources, in the order in which they are tried. A new one is a file in this folder and an entry
 * here.
 */
const FORMATS: readonly SourceFormat[] = [lsunLmdb, cifar, idx, parquet, webDataset, npz, npy, imageFiles];

/**
 * Opens a source of images. Its kind is recognized by its contents.
 *
 * @param signal stops the unpacking of an archive
 * @throws listing the kinds, if it is not one of them
 */
export async function openImageSource(
  path: string,
  choice: SourceChoice = {},
  signal?: AbortSignal,
): Promise<ImageSource> {
  const { files, format } = await findSourceFormat(path, signal);
  try {
    if (choice.captions !== undefined && choice.captions !== 'none' && format.hasCaptions !== true) {
      throw new Error(
        `${path} is of a kind without captions, so that ${choice.captions} cannot be found in it; image files, WebDataset shards and ` +
          'Parquet files may have captions. Leave out --captions (captions).',
      );
    }
    return await format.open(files, choice);
  } catch (error) {
    files.close();
    throw error;
  }
}

/**
 * Opens the files of a source, and recognizes its kind.
 *
 * @throws listing the kinds, if it is not one of them
 */
export async function findSourceFormat(
  path: string,
  signal?: AbortSignal,
): Promise<{ files: SourceFiles; format: SourceFormat }> {
  const opened = await openSourceFiles(path, signal).catch((error: Error) => {
    throw error instanceof MissingSource ? new Error(`${error.message} ${listKinds()}`, { cause: error }) : error;
  });
  try {
    const files = withoutOuterFolder(opened);
    const format = FORMATS.find((candidate) => candidate.recognizes(files));
    if (format === undefined) throw new Error(`${path}: not a supported kind of image source. ${listKinds()}`);
    return { files, format };
  } catch (error) {
    opened.close();
    throw error;
  }
}

function listKinds(): string {
  return `Supported are:\n${FORMATS.map(({ looksLike }) => `  ${looksLike}`).join('\n')}`;
}
