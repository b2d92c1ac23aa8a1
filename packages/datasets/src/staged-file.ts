import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, temporaryPath } from '@onestep/checkpoint/node';

const BUFFER_BYTES = 1 << 20;

/**
 * A file that is written piece by piece under a temporary name in its folder, and takes its own name, in one step, only
 * when it is complete and on the disk. Whatever happens before that, what had the name stays as it was.
 */
export class StagedFile {
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private buffered = 0;

  private constructor(
    readonly path: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
  ) {}

  /** Starts the file. @throws if its folder is missing or cannot be written to */
  static async create(path: string): Promise<StagedFile> {
    const temporary = temporaryPath(path);
    try {
      return new StagedFile(path, temporary, await open(temporary, 'wx'));
    } catch (error) {
      throw notWritten(path, error);
    }
  }

  /** Appends bytes. @throws if the disk is full */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.buffered + bytes.length > BUFFER_BYTES) await this.flush();
    if (bytes.length > BUFFER_BYTES) return this.append(bytes);
    this.buffer.set(bytes, this.buffered);
    this.buffered += bytes.length;
  }

  /** Completes the file and gives it its name. After a failure, call {@link StagedFile.discard}. */
  async commit(): Promise<void> {
    try {
      await this.flush();
      await this.handle.sync();
      await this.handle.close();
      await rename(this.temporary, this.path);
    } catch (error) {
      throw notWritten(this.path, error);
    }
    await syncFolder(dirname(this.path));
  }

  /** Removes what has been written. Does nothing after {@link StagedFile.commit}. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.temporary, { force: true });
  }

  private async flush(): Promise<void> {
    const bytes = this.buffer.subarray(0, this.buffered);
    this.buffered = 0;
    await this.append(bytes);
  }

  private async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.handle.writeFile(bytes);
    } catch (error) {
      throw notWritten(this.path, error);
    }
  }
}

function notWritten(path: string, error: unknown): Error {
  return new Error(`${path} cannot be written: ${(error as Error).message}. Nothing was changed.`, { cause: error });
}
