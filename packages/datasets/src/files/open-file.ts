import { readKind, type FileKind } from './file-kind.js';
import { FolderFiles } from './folder-files.js';
import type { SourceFiles } from './source-files.js';
import { TarFiles } from './tar-files.js';
import { ZipFiles } from './zip-files.js';

/** What to do about kinds of files that hold images and are not read. */
const ADVICE: Partial<Record<FileKind, string>> = {
  'bzip2 archive': 'unpack it (tar xjf, or bunzip2), and give the folder',
  'xz archive': 'unpack it (tar xJf, or unxz), and give the folder',
  'Zstandard archive': 'unpack it (tar --zstd -xf, or unzstd), and give the folder',
  '7z archive': 'unpack it (7z x), and give the folder',
  'RAR archive': 'unpack it (unrar x), and give the folder',
  'HDF5 file': 'save its images as .npz (numpy.savez: images uint8 [N, H, W, C], labels [N])',
  'MATLAB file': 'save its images as .npz (numpy.savez: images uint8 [N, H, W, C], labels [N])',
  'web page': 'what was downloaded is not the file itself; download it again',
  'Git LFS pointer': 'the file itself was not downloaded; run git lfs pull',
  image: 'give the folder that it is in',
};

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
  const advice = ADVICE[kind];
  if (advice !== undefined) {
    throw new Error(
      `${path} is ${/^[aeiouAEIOUXRH]/.test(kind) ? 'an' : 'a'} ${kind}, not a supported kind of image source; ${advice}.`,
    );
  }
  return FolderFiles.beside(path);
}
