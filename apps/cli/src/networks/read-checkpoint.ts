import { readCheckpoint as readSource } from 'onestep/node';
import type { Safetensors } from '@onestep/checkpoint';
import { fileSource } from '@onestep/checkpoint/node';

/**
 * Opens a file of weights of any kind: safetensors, a published `.pkl` snapshot, a `.pth` file.
 *
 * @throws naming the file if it is missing, damaged or of another kind
 */
export async function readCheckpoint(path: string): Promise<Safetensors> {
  return readSource(fileSource(path));
}
