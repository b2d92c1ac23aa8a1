import { memorySource } from '@onestep/checkpoint';
import { openAddress } from '#host';
import type { LoadOptions } from '../host/host.js';
import { oneFile, type OpenedFiles } from './opened-files.js';

export type { LoadOptions };

/**
 * Where a network comes from: a name (see `MODELS` and `publishedTeacherNames`), a path of a file or a folder (in Node), a URL,
 * `hf://owner/name` (in Node), the bytes of a file, or a `File` or `Blob`. Contents tell which kind a file is.
 */
export type NetworkSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/**
 * Opens the file of a source that is not a model's name.
 *
 * @throws CheckpointError naming the file if it cannot be read; TypeError if the source is of another type
 */
export async function openSource(source: NetworkSource, options: LoadOptions = {}): Promise<OpenedFiles> {
  if (typeof source === 'string' || source instanceof URL) return openAddress(source, options);
  if (source instanceof Blob) {
    const name = options.name ?? (source as Partial<File>).name ?? 'network file';
    return oneFile(memorySource(new Uint8Array(await source.arrayBuffer()), name));
  }
  const name = options.name ?? 'network file';
  if (source instanceof Uint8Array) return oneFile(memorySource(source, name));
  if (source instanceof ArrayBuffer) return oneFile(memorySource(new Uint8Array(source), name));
  throw new TypeError(
    `A network comes from a name, a path, a URL, a Uint8Array, an ArrayBuffer, a Blob or a File, not ${String(source)}.`,
  );
}
