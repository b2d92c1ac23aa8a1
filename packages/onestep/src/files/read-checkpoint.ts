import { torchToSafetensors, type ByteSource, type Safetensors } from '@onestep/checkpoint';
import { findFormat } from '../formats/registry.js';
import { readContents } from './read-contents.js';

/**
 * Reads a file of weights of any kind, of a network or of anything else: safetensors, `.pkl`, `.pth`. Its contents tell which
 * kind it is. A network of a known format gets its settings as metadata. The elements of a tensor are read each time they are
 * accessed.
 *
 * @throws CheckpointError naming the file if it is damaged or of another kind
 */
export function readCheckpoint(source: ByteSource): Safetensors {
  const contents = readContents(source);
  const format = findFormat(contents);
  if (format !== undefined) return format.open(contents, {}).snapshot;
  if (contents.python === undefined) return { tensors: contents.tensors, metadata: { ...contents.metadata } };
  return torchToSafetensors(contents.python, source.name);
}
