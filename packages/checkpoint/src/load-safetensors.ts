import { joined } from './bytes/joined.js';
import { CheckpointError } from './checkpoint-error.js';
import { decodeSafetensors, type Safetensors } from './safetensors.js';

/** How a file is loaded. */
export interface LoadOptions {
  /** Called as bytes arrive, with how many there are and how many there will be: null where a server does not say. */
  onProgress?: (done: number, total: number | null) => void;
  /** Stops the loading, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Loads a safetensors file from a URL, in a browser or in Node; it is checked before anything is returned.
 *
 * @throws CheckpointError naming the URL if it cannot be reached, the server has no such file, or the file is damaged
 */
export async function fetchSafetensors(url: string, { onProgress, signal }: LoadOptions = {}): Promise<Safetensors> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new CheckpointError(url, 'it cannot be loaded; is the address right, and does its server allow this page?', {
      cause: error,
    });
  });
  if (!response.ok) throw new CheckpointError(url, `the server answered ${response.status} ${response.statusText}`);
  const bytes = await collected(response.body, statedLength(response), url, { onProgress, signal });
  return decodeSafetensors(bytes, url);
}

/**
 * Reads a safetensors file that a user chose or dropped; it is checked before anything is returned.
 *
 * @param file a `File`, or a `Blob` with what messages call it
 * @throws CheckpointError naming the file if it cannot be read or is damaged
 */
export async function readSafetensorsBlob(
  file: Blob & { name?: string },
  options: LoadOptions & { name?: string } = {},
): Promise<Safetensors> {
  const name = options.name ?? file.name ?? 'safetensors file';
  return decodeSafetensors(await collected(file.stream(), file.size, name, options), name);
}

/** The length of what will arrive; unknown where it is compressed on the way, since the header counts what is sent. */
function statedLength({ headers }: Response): number | null {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? null : Number(length);
}

async function collected(
  stream: ReadableStream<Uint8Array> | null,
  total: number | null,
  name: string,
  { onProgress, signal }: LoadOptions,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let done = 0;
  onProgress?.(done, total);
  const reader = stream?.getReader();
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      signal?.throwIfAborted();
      parts.push(next.value);
      done += next.value.length;
      onProgress?.(done, total);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new CheckpointError(name, `reading it broke off after ${done} bytes`, { cause: error });
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
  return joined(parts);
}
