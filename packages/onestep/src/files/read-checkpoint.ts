import { torchToSafetensors, type ByteSource, type Safetensors } from '@onestep/checkpoint';
import { findFormat } from '../formats/registry.js';
import type { StatedSettings } from '../formats/stated-settings.js';
import { oneFile, type OpenedFiles } from './opened-files.js';
import { readFiles } from './read-contents.js';

/** Contents of a checkpoint, and what was assumed because it does not say it, in one line; null if nothing was. */
export interface OpenedCheckpoint {
  contents: Safetensors;
  note: string | null;
}

/**
 * Reads a checkpoint of any kind, of a network or of anything else: safetensors, `.pkl`, `.pth`, a folder of diffusers. Its
 * contents tell which kind it is. A network of a known format gets its settings as metadata. The elements of a tensor are read
 * each time they are accessed.
 *
 * @param stated settings that the files do not state
 * @throws CheckpointError naming the file if it is damaged or of another kind
 */
export function openCheckpoint(files: OpenedFiles, stated: StatedSettings = {}): OpenedCheckpoint {
  const contents = readFiles(files);
  const format = findFormat(contents);
  if (format !== undefined) {
    const { snapshot, note = null } = format.open(contents, stated);
    return { contents: snapshot, note };
  }
  const { python, tensors, metadata } = contents;
  if (python !== undefined) return { contents: torchToSafetensors(python, files.name), note: null };
  return { contents: { tensors, metadata: { ...metadata } }, note: null };
}

/**
 * Reads a file of weights of any kind: see {@link openCheckpoint}.
 *
 * @throws CheckpointError naming the file if it is damaged or of another kind
 */
export function readCheckpoint(files: ByteSource | OpenedFiles): Safetensors {
  return openCheckpoint('weights' in files ? files : oneFile(files)).contents;
}
