import { cifar10 } from './cifar10.js';
import { folder } from './folder.js';
import { idx } from './idx.js';
import { lsunLmdb } from './lsun-lmdb.js';
import { npy } from './npy.js';
import { npz } from './npz.js';
import type { SourceFormat } from './source.js';
import { zip } from './zip.js';

/** Every kind of source, in the order they are tried. A new one is a file beside this one and an entry here. */
const formats: readonly SourceFormat[] = [lsunLmdb, folder, cifar10, idx, zip, npy, npz];

/** The kind of source that `path` is. @throws listing the kinds there are */
export function findSourceFormat(path: string): SourceFormat {
  const found = formats.find((format) => format.matches(path));
  if (found === undefined) {
    const known = formats.map(({ looksLike }) => `  ${looksLike}`).join('\n');
    throw new Error(`${path}: no known kind of image source. Known are:\n${known}`);
  }
  return found;
}
