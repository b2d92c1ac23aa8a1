/** Files and folders of systems and tools, in lower case. */
const IGNORED = new Set([
  '__macosx',
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  '@eadir',
]);

/**
 * Tells whether a file is of a system or a tool, and never one of the images that people mean: its name, or that of
 * a folder it is in, has a leading dot (`.ipynb_checkpoints`, `._a.png`), or is `__MACOSX`, `Thumbs.db`,
 * `desktop.ini` and the like.
 *
 * @param name relative to the folder or archive, with slashes between folders
 */
export function isIgnoredName(name: string): boolean {
  return name.split('/').some((part) => {
    if (part === '.' || part === '..') return false;
    return part.startsWith('.') || IGNORED.has(part.toLowerCase());
  });
}

/**
 * One line about files that {@link isIgnoredName} leaves out.
 *
 * @param names of the files that were left out; at least one
 */
export function describeIgnored(names: readonly string[]): string {
  const [files, are] = names.length === 1 ? ['1 file', 'is'] : [`${names.length} files`, 'are'];
  return `${files} of systems and tools ${are} left out (a leading dot, __MACOSX, Thumbs.db, ...), such as ${names[0]}`;
}
