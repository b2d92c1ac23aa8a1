import { open, readFile, truncate } from 'node:fs/promises';
import { writing } from './run-error.js';

/** A text file that grows by whole lines. */
export class LineFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Appends a line and waits until it is on the disk. @returns the file's length in bytes, which ends with that line */
  async append(line: string): Promise<number> {
    return writing(this.path, async () => {
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

  /** Forgets everything after the first `bytes` bytes. @returns the length, less than `bytes` if the file is shorter */
  async truncate(bytes: number): Promise<number> {
    const { length } = await this.contents();
    if (length > bytes) await writing(this.path, () => truncate(this.path, bytes));
    return Math.min(length, bytes);
  }

  /** Removes a last line that a crash has torn. */
  async repair(): Promise<void> {
    await this.truncate((await this.contents()).lastIndexOf(0x0a) + 1);
  }

  private async contents(): Promise<Buffer> {
    return readFile(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
  }
}
