import { CheckpointError, decodeSafetensors, decodeTorchFile, type ByteSource } from '@onestep/checkpoint';
import { CheckpointContents } from '../formats/checkpoint-contents.js';

/** Position of the header of a safetensors file, a JSON object. */
const HEADER_START = 8;
/** Number of bytes that tell what kind of file it is. */
const SNIFFED = 64;

/**
 * Decodes a checkpoint file: safetensors, a pickle, or a file of PyTorch. Its contents tell which it is, not its name.
 *
 * @throws CheckpointError naming the file if it is damaged or of another kind
 */
export function readContents(source: ByteSource): CheckpointContents {
  const start = source.read(0, Math.min(source.length, SNIFFED));
  if (isHtml(start)) {
    throw new CheckpointError(source.name, 'it is a web page, not a file of weights; check the address');
  }
  return isTorchFile(start)
    ? new CheckpointContents(source.name, { python: decodeTorchFile(source) })
    : new CheckpointContents(source.name, { safetensors: decodeSafetensors(source) });
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
