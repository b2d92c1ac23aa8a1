import type { SourceFiles } from './source-files.js';

/**
 * The same files, named relative to the folder that all of them are in: archives often wrap their contents in a folder
 * of their name.
 */
export function withoutOuterFolder(files: SourceFiles): SourceFiles {
  const outer = findOuterFolder(files.names);
  if (outer === '') return files;
  return {
    path: files.path,
    only: files.only,
    isTar: files.isTar,
    isFolder: files.isFolder,
    notes: files.notes,
    names: files.names.map((name) => name.slice(outer.length)),
    has: (name) => files.has(outer + name),
    size: (name) => files.size(outer + name),
    read: (name) => files.read(outer + name),
    readPart: (name, start, length) => files.readPart(outer + name, start, length),
    stream: (name) => files.stream(outer + name),
    describe: (name) => files.describe(outer + name),
    close: () => files.close(),
  };
}

/** @returns the folders that all names begin with, with a slash at the end; empty for none */
function findOuterFolder(names: readonly string[]): string {
  const first = names[0];
  if (first === undefined) return '';
  let outer = first.slice(0, first.lastIndexOf('/') + 1);
  for (const name of names) {
    while (!name.startsWith(outer)) outer = outer.slice(0, outer.lastIndexOf('/', outer.length - 2) + 1);
  }
  return outer;
}
