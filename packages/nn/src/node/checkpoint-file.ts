import { readFile } from 'node:fs/promises';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from '../checkpoint/safetensors.js';
import { writeFileAtomically } from './atomic-write.js';

/** Reads a safetensors file. @throws naming the file if it is missing or not complete */
export async function readSafetensors(path: string): Promise<Safetensors> {
  return decodeSafetensors(await readFile(path), path);
}

/** Writes a safetensors file; a crash leaves the old file or the new one, never a part. */
export async function writeSafetensors(path: string, contents: Safetensors): Promise<void> {
  await writeFileAtomically(path, encodeSafetensors(contents));
}
