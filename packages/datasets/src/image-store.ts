import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ZipReader } from './zip/reader.js';

/** The files of a data set. */
export interface ImageStore {
  readonly path: string;
  /** Names of all files, with slashes between folders. */
  names(): readonly string[];
  has(name: string): boolean;
  /** @throws naming the file if it is missing or cannot be read */
  read(name: string): Uint8Array;
  close(): void;
}

/**
 * Opens a ZIP file or a folder.
 *
 * @throws if it is neither
 */
export async function openImageStore(path: string): Promise<ImageStore> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? new FolderStore(path) : ZipReader.open(path);
}

/** A folder with all folders in it. */
class FolderStore implements ImageStore {
  private readonly files: ReadonlySet<string>;

  constructor(readonly path: string) {
    const entries = readdirSync(path, { recursive: true, encoding: 'utf8' });
    this.files = new Set(entries.map((name) => name.replaceAll('\\', '/')));
  }

  names(): readonly string[] {
    return [...this.files];
  }

  has(name: string): boolean {
    return this.files.has(name);
  }

  read(name: string): Uint8Array {
    if (!this.has(name)) throw new Error(`${this.path} has no file ${name}.`);
    try {
      return readFileSync(join(this.path, name));
    } catch (error) {
      throw new Error(`${join(this.path, name)} cannot be read: ${(error as Error).message}.`, { cause: error });
    }
  }

  close(): void {
    // Files are opened for each read: there is nothing to close.
  }
}
