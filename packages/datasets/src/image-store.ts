import { lookAt } from '@onestep/checkpoint/node';
import { FolderFiles } from './files/folder-files.js';
import type { SourceFiles } from './files/source-files.js';
import { withoutOuterFolder } from './files/without-outer-folder.js';
import { ZipFiles } from './files/zip-files.js';

/** The files of a data set. */
export type ImageStore = Pick<SourceFiles, 'path' | 'names' | 'has' | 'read' | 'close'>;

/**
 * Opens a ZIP file or a folder. Files of systems and tools are left out, and a folder that was packed whole is
 * entered.
 *
 * @throws if it is neither
 */
export async function openImageStore(path: string): Promise<ImageStore> {
  const isFolder = lookAt(path)?.isDirectory() ?? false;
  const files = isFolder ? FolderFiles.open(path) : await ZipFiles.open(path);
  const inner = withoutOuterFolder(files);
  return inner.has('dataset.json') ? inner : files;
}
