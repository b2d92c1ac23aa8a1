import { publishedSnapshot, isPublishedSnapshot } from '@onestep/edm';
import { torchToSafetensors, type Safetensors } from '@onestep/checkpoint';
import { fileSource, openSafetensors, openTorchFile } from '@onestep/checkpoint/node';

/** Where the header of a safetensors file begins, an object in JSON. */
const HEADER_START = 8;

/**
 * Opens a file of weights of any kind: safetensors, a published `.pkl` snapshot, a `.pth` file. Which one it is, its
 * contents tell. A published snapshot comes with its settings as metadata; the elements of tensors are read when they are
 * asked for.
 *
 * @throws naming the file if it is missing, damaged or of no such kind
 */
export async function readCheckpoint(path: string): Promise<Safetensors> {
  if (!isTorchFile(path)) return openSafetensors(path);
  const file = await openTorchFile(path);
  return isPublishedSnapshot(file) ? publishedSnapshot(file, path) : torchToSafetensors(file, path);
}

/** Whether a file begins like a pickle or a ZIP archive, and not like safetensors. */
function isTorchFile(path: string): boolean {
  const source = fileSource(path);
  const start = source.read(0, Math.min(source.length, HEADER_START + 1));
  if (start[HEADER_START] === '{'.charCodeAt(0) && start.subarray(4, 8).every((byte) => byte === 0)) return false;
  return start[0] === 0x80 || (start[0] === 0x50 && start[1] === 0x4b);
}
