import { stat } from 'node:fs/promises';
import type { Safetensors } from '@onestep/checkpoint';

/** Says what was written: `a.pth: 147 tensors, 1234 bytes`. */
export async function countTensors(dest: string, { tensors }: Pick<Safetensors, 'tensors'>): Promise<string> {
  return `${dest}: ${Object.keys(tensors).length} tensors, ${(await stat(dest)).size} bytes`;
}
