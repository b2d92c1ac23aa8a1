import { lookAt } from '@onestep/checkpoint/node';
import { adviseOnFile } from './files/advice.js';
import { readKind, type FileKind } from './files/file-kind.js';
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
  const status = lookAt(path);
  const isFolder = status?.isDirectory() ?? false;
  if (status?.isFile() === true) assertMayBeZip(path);
  const files = isFolder ? FolderFiles.open(path) : await ZipFiles.open(path);
  const inner = withoutOuterFolder(files);
  return inner.has('dataset.json') ? inner : files;
}

/** Kinds of files that images come in, and are no data sets. */
const SOURCES: ReadonlySet<FileKind> = new Set(['tar', 'tar.gz', 'idx', 'npy', 'parquet', 'LMDB database']);

/** @throws if a file is of another kind, with what to do about it */
function assertMayBeZip(path: string): void {
  const kind = readKind(path);
  const advice = adviseOnFile(kind);
  if (!SOURCES.has(kind) && advice === null) return;
  const what = SOURCES.has(kind)
    ? `a ${kind} file; make a data set of its images: onestep dataset convert --source ${path} --dest NAME.zip, or convertDataset`
    : advice!;
  throw new Error(`${path} is not a data set, which is a .zip file or a folder of PNG images. It is ${what}.`);
}
