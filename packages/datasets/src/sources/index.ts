import { cifar10 } from './cifar10.js';
import { folder } from './folder.js';
import { idx } from './idx.js';
import { lsunLmdb } from './lsun-lmdb.js';
import { npy } from './npy.js';
import { npz } from './npz.js';
import type { SourceFormat } from './source.js';
import { zip } from './zip.js';

/**
 * All kinds of sources, in the order in which they are tried. A new one is a file in this folder and an entry
 * here.
 */
const FORMATS: readonly SourceFormat[] = [lsunLmdb, folder, cifar10, idx, zip, npy, npz];

/**
 * Finds the kind of source of a path.
 *
 * @throws listing the kinds, if it is not one of them
 */
export function findSourceFormat(path: string): SourceFormat {
  const found = FORMATS.find((format) => format.matches(path));
  if (found === undefined) {
    const known = FORMATS.map(({ looksLike }) => `  ${looksLike}`).join('\n');
    throw new Error(`${path}: not a supported kind of image source. Supported are:\n${known}`);
  }
  return found;
}
