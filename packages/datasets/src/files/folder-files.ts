import { closeSync, fstatSync, readdirSync, realpathSync, statSync, type Dirent, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lookAt, openRegularFile, streamRegularFile } from '@onestep/checkpoint/node';
import { readAt } from '../random-access.js';
import { describeIgnored, isIgnoredName } from './ignored-names.js';
import { MAX_READ_BYTES, type SourceFiles } from './source-files.js';

/** The files of a folder. They are opened for each read. */
export class FolderFiles implements SourceFiles {
  readonly isTar = false;
  readonly isFolder = true;
  readonly notes: readonly string[];
  private readonly listed: ReadonlySet<string>;

  private constructor(
    readonly path: string,
    readonly names: readonly string[],
    ignored: readonly string[],
    irregular: readonly string[],
    readonly only: string | null,
  ) {
    this.listed = new Set(names);
    this.notes = [
      ...(ignored.length > 0 ? [describeIgnored(ignored)] : []),
      ...(irregular.length > 0
        ? [`${irregular.length} entries are left out that are not files (broken links, pipes), such as ${irregular[0]}`]
        : []),
    ];
  }

  /**
   * Lists a folder with all folders in it. Links are followed.
   *
   * @throws if a link leads in a circle
   */
  static open(path: string): FolderFiles {
    const [names, ignored, irregular]: [string[], string[], string[]] = [[], [], []];
    for (const [name, isFile] of listBelow(path, '', [])) {
      if (isIgnoredName(name)) ignored.push(name);
      else (isFile ? names : irregular).push(name);
    }
    return new FolderFiles(path, names, ignored, irregular, null);
  }

  /** Lists the folder of a file, without the folders in it. */
  static beside(path: string): FolderFiles {
    const folder = dirname(path);
    const entries = readdirSync(folder, { withFileTypes: true });
    const names = entries.filter((entry) => isFileEntry(join(folder, entry.name), entry)).map(({ name }) => name);
    return new FolderFiles(folder, names, [], [], basename(path));
  }

  has(name: string): boolean {
    return this.listed.has(name);
  }

  size(name: string): number {
    return statSync(this.describe(name)).size;
  }

  read(name: string): Uint8Array {
    return this.withFile(name, (descriptor, size) => {
      if (size > MAX_READ_BYTES) throw new Error(`${this.describe(name)} has ${size} bytes, more than any image.`);
      return readAt(descriptor, 0, size);
    });
  }

  readPart(name: string, start: number, length: number): Uint8Array {
    return this.withFile(name, (descriptor) => readAt(descriptor, start, length));
  }

  stream(name: string): AsyncIterable<Uint8Array> {
    return streamRegularFile(this.describe(name), { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>;
  }

  describe(name: string): string {
    return join(this.path, name);
  }

  close(): void {
    // Nothing is open.
  }

  private withFile<T>(name: string, work: (descriptor: number, size: number) => T): T {
    const path = this.describe(name);
    let descriptor: number | null = null;
    try {
      descriptor = openRegularFile(path);
      return work(descriptor, fstatSync(descriptor).size);
    } finally {
      if (descriptor !== null) closeSync(descriptor);
    }
  }
}

/** Goes through all entries below a folder that are not folders. @returns names, and whether each is a file */
function* listBelow(root: string, below: string, outer: readonly string[]): Generator<[name: string, isFile: boolean]> {
  const here = realpathSync(join(root, below));
  if (outer.includes(here)) throw new Error(`${join(root, below)} is a link to a folder that contains it; remove it.`);
  for (const entry of readdirSync(here, { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const path = join(root, name);
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (followLink(path)?.isDirectory() ?? false));
    if (isFolder) yield* listBelow(root, name, [...outer, here]);
    else yield [name, isFileEntry(path, entry)];
  }
}

function isFileEntry(path: string, entry: Dirent): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && (followLink(path)?.isFile() ?? false));
}

/** What a link leads to; null if it is broken, or leads back to itself. */
function followLink(path: string): Stats | null {
  try {
    return lookAt(path);
  } catch {
    return null;
  }
}
