import { memorySource, type ByteSource } from '@onestep/checkpoint';
import { openAddress } from '#host';
import type { LoadOptions } from '../host/host.js';

export type { LoadOptions };

/**
 * Where a network comes from: a name (see `MODELS` and `publishedTeacherNames`), a path (in Node), a URL, the bytes of a
 * file, or a `File` or `Blob`. A file may be safetensors, a published `.pkl` snapshot, or a `.pth` file.
 */
export type NetworkSource = string | URL | Uint8Array | ArrayBuffer | Blob;

/**
 * Opens the file of a source that is not a model's name.
 *
 * @throws CheckpointError naming the file if it cannot be read; TypeError if the source is of another type
 */
export async function openSource(source: NetworkSource, options: LoadOptions = {}): Promise<ByteSource> {
  if (typeof source === 'string' || source instanceof URL) return openAddress(source, options);
  if (source instanceof Blob) {
    const name = options.name ?? (source as Partial<File>).name ?? 'network file';
    return memorySource(new Uint8Array(await source.arrayBuffer()), name);
  }
  const name = options.name ?? 'network file';
  if (source instanceof Uint8Array) return memorySource(source, name);
  if (source instanceof ArrayBuffer) return memorySource(new Uint8Array(source), name);
  throw new TypeError(
    `A network comes from a name, a path, a URL, a Uint8Array, an ArrayBuffer, a Blob or a File, not ${String(source)}.`,
  );
}
