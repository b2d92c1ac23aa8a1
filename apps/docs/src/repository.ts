import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Paths of the Markdown files that Git knows, and of new ones that it does not ignore, from the root. */
export function markdownFiles(): string[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', '*.md'];
  const files = execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  return files.filter((file) => file !== '' && existsSync(join(ROOT, file))).sort();
}

/** What a relative link leads to. */
export interface LinkTarget {
  /** From the root. Of a folder with a README it is that. */
  path: string;
  /** The part after `#`, decoded; null if there is none. */
  anchor: string | null;
  kind: 'file' | 'folder' | 'missing';
}

/**
 * Finds what a link in a file of the repository leads to.
 *
 * @param from path of the file, from the root
 * @param href the link as written
 * @returns null for links that leave the repository: addresses with a scheme
 */
export function resolveLink(from: string, href: string): LinkTarget | null {
  if (/^([a-z][a-z\d+.-]*:|\/\/)/i.test(href)) return null;
  const [, written = '', hash] = /^([^#]*)(?:#(.*))?$/s.exec(href)!;
  const anchor = hash === undefined ? null : decodeURIComponent(hash);
  const path = written === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(written)).replace(/\/$/, '');
  const place = join(ROOT, path);
  if (path.startsWith('..') || !existsSync(place)) return { path, anchor, kind: 'missing' };
  if (!statSync(place).isDirectory()) return { path, anchor, kind: 'file' };
  const readme = posix.join(path, 'README.md');
  return existsSync(join(ROOT, readme)) ? { path: readme, anchor, kind: 'file' } : { path, anchor, kind: 'folder' };
}
