import { adviseOnFile } from './advice.js';
import { readKind } from './file-kind.js';
import { FolderFiles } from './folder-files.js';
import type { SourceFiles } from './source-files.js';
import { TarFiles } from './tar-files.js';
import { ZipFiles } from './zip-files.js';

/**
 * Opens an archive, or a file of another kind with those beside it. What it is, is recognized by its contents.
 *
 * @param signal stops the unpacking of a gzipped archive
 * @throws if it is damaged, or of a kind that is not supported
 */
export async function openFile(path: string, signal?: AbortSignal): Promise<SourceFiles> {
  const kind = readKind(path);
  if (kind === 'zip' || (kind === 'other' && path.endsWith('.zip'))) return ZipFiles.open(path);
  if (kind === 'tar' || kind === 'tar.gz') return TarFiles.open(path, kind === 'tar.gz', signal);
  if (kind === 'other' && /\.(tgz|tar\.gz)$/i.test(path)) return TarFiles.open(path, true, signal);
  if (kind === 'other' && /\.tar$/i.test(path)) return TarFiles.open(path, false, signal);
  const advice = adviseOnFile(kind);
  if (advice !== null) throw new Error(`${path} is ${advice}.`);
  return FolderFiles.beside(path);
}
