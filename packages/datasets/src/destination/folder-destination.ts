import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { forgetTemporary, syncFolder, temporaryPath } from '@onestep/checkpoint/node';
import { notWrittenError, type Destination } from './destination.js';

/**
 * A folder of files. They are written and synced in a folder of a temporary name, which is renamed at the
 * end.
 */
export class FolderDestination implements Destination {
  /** Folders that have been made in it. */
  private readonly folders = new Set<string>();

  private constructor(
    private readonly path: string,
    private readonly temporary: string,
  ) {}

  /** @throws if the folder exists and is not empty */
  static async create(path: string): Promise<FolderDestination> {
    const full = resolve(path);
    if ((await readdir(full).catch(() => [])).length > 0) {
      throw new Error(`The folder ${path} is not empty; choose another destination, or empty it.`);
    }
    const temporary = temporaryPath(full);
    await mkdir(temporary).catch((error: Error) => {
      forgetTemporary(temporary);
      throw notWrittenError(path, error);
    });
    return new FolderDestination(full, temporary);
  }

  async add(name: string, data: Uint8Array): Promise<void> {
    const folder = dirname(name);
    try {
      if (!this.folders.has(folder)) await mkdir(join(this.temporary, folder), { recursive: true });
      this.folders.add(folder);
      await writeFile(join(this.temporary, name), data, { flush: true });
    } catch (error) {
      throw notWrittenError(this.path, error);
    }
  }

  async commit(): Promise<void> {
    try {
      for (const folder of this.folders) await syncFolder(join(this.temporary, folder));
      await syncFolder(this.temporary);
      // Not every system renames a folder over an empty one.
      await rmdir(this.path).catch(() => undefined);
      await rename(this.temporary, this.path);
      forgetTemporary(this.temporary);
      await syncFolder(dirname(this.path));
    } catch (error) {
      throw notWrittenError(this.path, error);
    }
  }

  async discard(): Promise<void> {
    await rm(this.temporary, { recursive: true, force: true });
    forgetTemporary(this.temporary);
  }
}
