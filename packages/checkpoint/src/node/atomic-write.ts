import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { creationError } from './make-folder.js';
import { forgetTemporary, temporaryPath } from './temporary-names.js';

/** Pieces smaller than this are collected, and written together. */
const BUFFER_BYTES = 1 << 20;

/**
 * Writes a file so that a crash at any moment leaves the old file or the new one, never a part: the bytes go
 * to a temporary name in the same folder, are synced to the disk, and take the final name in one step.
 *
 * @param contents the bytes or text, or pieces that are made as they are written
 * @throws the file system's error (disk full, no permission); the temporary file is removed
 */
export async function writeFileAtomically(
  path: string,
  contents: Uint8Array | string | Iterable<Uint8Array>,
): Promise<void> {
  const file = await StagedFile.create(path);
  try {
    if (typeof contents === 'string') await file.write(Buffer.from(contents));
    else if (contents instanceof Uint8Array) await file.write(contents);
    else for (const piece of contents) await file.write(piece);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/**
 * A file that is written piece by piece, and takes its name when it is complete: see {@link
 * writeFileAtomically}. Until then, a file that had the name stays as it was.
 *
 * @internal
 */
export class StagedFile {
  private buffer: Buffer | null = null;
  private buffered = 0;

  private constructor(
    readonly path: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Starts the file.
   *
   * @throws the file system's error if its folder is missing or cannot be written to
   */
  static async create(path: string): Promise<StagedFile> {
    const temporary = temporaryPath(path);
    try {
      return new StagedFile(path, temporary, await open(temporary, 'wx'));
    } catch (error) {
      forgetTemporary(temporary);
      throw await creationError(path, error);
    }
  }

  /**
   * Appends bytes.
   *
   * @throws the file system's error if the disk is full
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.buffered + bytes.length > BUFFER_BYTES) await this.flush();
    if (bytes.length > BUFFER_BYTES) return this.named(this.handle.writeFile(bytes));
    this.buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
    this.buffer.set(bytes, this.buffered);
    this.buffered += bytes.length;
  }

  /**
   * Completes the file and gives it its name.
   *
   * @throws the file system's error; call {@link StagedFile.discard} then
   */
  async commit(): Promise<void> {
    await this.flush();
    await this.named(this.handle.sync());
    await this.named(this.handle.close());
    await rename(this.temporary, this.path);
    forgetTemporary(this.temporary);
    await syncFolder(dirname(this.path));
  }

  /** Removes what has been written. Does nothing after {@link StagedFile.commit}. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.temporary, { force: true });
    forgetTemporary(this.temporary);
  }

  private async flush(): Promise<void> {
    if (this.buffer === null || this.buffered === 0) return;
    const bytes = this.buffer.subarray(0, this.buffered);
    this.buffered = 0;
    await this.named(this.handle.writeFile(bytes));
  }

  /** Errors about an open file do not say which one it is. */
  private named<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw Object.assign(error as Error, { path: this.path });
    });
  }
}

/**
 * Makes renames in a folder durable. Not every platform can open a folder; there it does nothing.
 *
 * @throws the file system's error if the folder is missing
 * @internal
 */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
