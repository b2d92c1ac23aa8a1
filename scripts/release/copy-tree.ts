import { cpSync, symlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { ROOT } from '../published-packages.js';

/** What tools and programs leave in the root folder. */
const LEFT_BEHIND = ['.git', '.nx', 'runs', 'out', 'data', 'coverage'];

/** Copies the working tree, with what was built in it, to a new folder. The copy shares the installed dependencies. */
export function copyTree(destination: string): void {
  const isCopied = (source: string) =>
    basename(source) !== 'node_modules' && !LEFT_BEHIND.includes(relative(ROOT, source));
  cpSync(ROOT, destination, { recursive: true, filter: isCopied });
  symlinkSync(join(ROOT, 'node_modules'), join(destination, 'node_modules'));
}
