import {
  CheckpointError,
  decodeSafetensors,
  decodeTorchFile,
  torchToSafetensors,
  type ByteSource,
  type Safetensors,
} from '@onestep/checkpoint';
import { isPublishedSnapshot, publishedSnapshot } from '@onestep/edm';

/** Where the header of a safetensors file starts: a JSON object. */
const HEADER_START = 8;
/** How many bytes tell what kind of file it is. */
const SNIFFED = 64;

/**
 * Reads a file of weights of any kind: safetensors, a published `.pkl` snapshot, or a `.pth` file. Its contents tell which
 * kind it is. A published snapshot gets its settings as metadata. The elements of a tensor are read each time they are
 * accessed.
 *
 * @throws CheckpointError naming the file if it is damaged or of another kind
 */
export function readCheckpoint(source: ByteSource): Safetensors {
  const start = source.read(0, Math.min(source.length, SNIFFED));
  if (isHtml(start)) {
    throw new CheckpointError(source.name, 'it is a web page, not a file of weights; check the address');
  }
  if (!isTorchFile(start)) return decodeSafetensors(source);
  const file = decodeTorchFile(source);
  return isPublishedSnapshot(file) ? publishedSnapshot(file, source.name) : torchToSafetensors(file, source.name);
}

/** Whether a file starts like a pickle or a ZIP archive, and not like safetensors. */
function isTorchFile(start: Uint8Array): boolean {
  if (start[HEADER_START] === '{'.charCodeAt(0) && start.subarray(4, 8).every((byte) => byte === 0)) return false;
  return start[0] === 0x80 || (start[0] === 0x50 && start[1] === 0x4b);
}

/** Whether a file is a web page, such as many servers send for an address that they do not know. */
function isHtml(start: Uint8Array): boolean {
  return /^\s*<(!doctype|html)/i.test(new TextDecoder().decode(start));
}
