import { idx } from './idx.js';
import type { SourceFormat } from './source.js';

/** Every kind of source, in the order they are tried. A new one is a file beside this one and an entry here. */
const formats: readonly SourceFormat[] = [idx];

/** The kind of source that `path` is. @throws listing the kinds there are */
export function findSourceFormat(path: string): SourceFormat {
  const found = formats.find((format) => format.matches(path));
  if (found === undefined) {
    const known = formats.map(({ looksLike }) => `  ${looksLike}`).join('\n');
    throw new Error(`${path}: no known kind of image source. Known are:\n${known}`);
  }
  return found;
}
