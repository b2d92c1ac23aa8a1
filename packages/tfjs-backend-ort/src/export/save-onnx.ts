import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes an exported model to a file. A crash at any moment leaves either the old file or the complete new one.
 *
 * @param path the file to write; an existing file is replaced
 * @param model the bytes that `exportOnnx` returned
 * @throws the error of the file system; no temporary file is left behind
 */
export async function saveOnnx(path: string, model: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(model);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
