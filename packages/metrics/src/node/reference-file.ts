import { readSafetensors, writeSafetensors } from '@onestep/nn/node';
import { decodeReference, encodeReference, type ReferenceStatistics } from '../reference.js';

/** Reads a reference. @throws naming the file if it is missing, damaged or something else */
export async function readReference(path: string): Promise<ReferenceStatistics> {
  return decodeReference(await readSafetensors(path), path);
}

/** Writes a reference; a crash leaves the old file or the new one, never a part. */
export async function writeReference(path: string, reference: ReferenceStatistics): Promise<void> {
  await writeSafetensors(path, encodeReference(reference));
}
