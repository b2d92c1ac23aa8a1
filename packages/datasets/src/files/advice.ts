import type { FileKind } from './file-kind.js';

/** What to do about kinds of files that hold images and are not read. */
const ADVICE: Partial<Record<FileKind, string>> = {
  'bzip2 archive': 'unpack it (tar xjf, or bunzip2), and give the folder',
  'xz archive': 'unpack it (tar xJf, or unxz), and give the folder',
  'Zstandard archive': 'unpack it (tar --zstd -xf, or unzstd), and give the folder',
  '7z archive': 'unpack it (7z x), and give the folder',
  'RAR archive': 'unpack it (unrar x), and give the folder',
  'Arrow file': 'write it as Parquet (datasets: load_from_disk(...).to_parquet("images.parquet"))',
  'HDF5 file': 'save its images as .npz (numpy.savez: images uint8 [N, H, W, C], labels [N])',
  'MATLAB file': 'save its images as .npz (numpy.savez: images uint8 [N, H, W, C], labels [N])',
  'web page': 'what was downloaded is not the file itself; download it again',
  'Git LFS pointer': 'the file itself was not downloaded; run git lfs pull',
  image: 'give the folder that it is in',
};

/**
 * What a file is that holds images and is not read, and what to do about it: `a MATLAB file, not a supported kind ...`.
 *
 * @returns null for other kinds
 */
export function adviseOnFile(kind: FileKind): string | null {
  const advice = ADVICE[kind];
  if (advice === undefined) return null;
  const article = /^[aeiouAEIOUXRH]/.test(kind) ? 'an' : 'a';
  return `${article} ${kind}, not a supported kind of image source; ${advice}`;
}
