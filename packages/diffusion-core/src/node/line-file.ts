import { open, truncate } from 'node:fs/promises';
import { readRegularFile } from '@onestep/checkpoint/node';
import { adviseOnFailure } from './run-error.js';

/** A text file that grows by whole lines. */
export class LineFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Appends a line and waits until it is on disk.
   *
   * @returns the file's length in bytes, which ends with that line
   * @throws RunError if the file cannot be written
   */
  async append(line: string): Promise<number> {
    return adviseOnFailure(this.path, async () => {
      const file = await open(this.path, 'a');
      try {
        await file.writeFile(`${line}\n`);
        await file.datasync();
        return (await file.stat()).size;
      } finally {
        await file.close();
      }
    });
  }

  /**
   * Cuts the file to its first `bytes` bytes.
   *
   * @returns the new length, less than `bytes` if the file was shorter
   * @throws RunError if the file cannot be written
   */
  async truncate(bytes: number): Promise<number> {
    const { length } = this.read();
    if (length > bytes) await adviseOnFailure(this.path, () => truncate(this.path, bytes));
    return Math.min(length, bytes);
  }

  /** Removes an incomplete last line, as a crash may leave it. */
  async repair(): Promise<void> {
    await this.truncate(this.read().lastIndexOf(0x0a) + 1);
  }

  /** The complete lines of the file; none if it does not exist. */
  async readLines(): Promise<string[]> {
    const text = this.read().toString('utf8');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1);
  }

  private read(): Buffer {
    try {
      return readRegularFile(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
  }
}
