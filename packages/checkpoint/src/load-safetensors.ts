import { concatBytes } from './bytes/concat-bytes.js';
import { CheckpointError } from './checkpoint-error.js';
import { decodeSafetensors, type Safetensors } from './safetensors.js';

/** Options of {@link fetchSafetensors} and {@link readSafetensorsBlob}. */
export interface LoadOptions {
  /**
   * Called as bytes arrive, with the number so far and the total, which is null if the server does not say
   * it.
   */
  onProgress?: (done: number, total: number | null) => void;
  /** Stops the loading, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Loads a safetensors file from a URL, in a browser or in Node. The whole file is in memory.
 *
 * @throws CheckpointError naming the URL if it cannot be reached, the server has no such file, or the file is
 *   damaged
 */
export async function fetchSafetensors(url: string, { onProgress, signal }: LoadOptions = {}): Promise<Safetensors> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new CheckpointError(
      url,
      'it cannot be loaded; is the address right, and does its server allow requests from this page?',
      {
        cause: error,
      },
    );
  });
  if (!response.ok) throw new CheckpointError(url, `the server answered ${response.status} ${response.statusText}`);
  const bytes = await readAll(response.body, contentLength(response), url, { onProgress, signal });
  return decodeSafetensors(bytes, url);
}

/**
 * Reads a safetensors file that a user chose or dropped. The whole file is in memory.
 *
 * @param file a `File` or a `Blob`
 * @param options `name` is used in messages. Default: the file's own name
 * @throws CheckpointError naming the file if it cannot be read or is damaged
 */
export async function readSafetensorsBlob(
  file: Blob & { name?: string },
  options: LoadOptions & { name?: string } = {},
): Promise<Safetensors> {
  const name = options.name ?? file.name ?? 'safetensors file';
  return decodeSafetensors(await readAll(file.stream(), file.size, name, options), name);
}

/**
 * The number of bytes that will arrive; null if it is unknown. A compressed answer's header counts the
 * compressed bytes.
 */
function contentLength({ headers }: Response): number | null {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') ? null : Number(length);
}

async function readAll(
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
    throw new CheckpointError(name, `reading it failed after ${done} bytes`, { cause: error });
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
  return concatBytes(parts);
}
