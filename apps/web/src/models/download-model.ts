import { megabytes } from '../page/format.js';
import type { ModelEntry } from './offline-table.js';

/** Options of {@link downloadModel}. */
export interface DownloadOptions {
  /** Called with the bytes that have arrived, and the bytes of the model. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the download, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Downloads a model as a whole.
 *
 * @throws Error naming the model if there is no network, a part is missing, or it is not the one that the pages were built with
 */
export async function downloadModel(
  address: string,
  model: ModelEntry,
  { onProgress, signal }: DownloadOptions,
): Promise<Blob> {
  const { name, bytes } = model;
  const response = await fetch(address, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    const what = `${name} is not kept on this device, and cannot be fetched: there is no network, or its server does not answer`;
    throw new Error(`${what}. Choose a model that is kept, or try again with a network.`, { cause: error });
  });
  if (!response.ok) {
    const answer = `${response.status} ${response.statusText}`.trim();
    throw new Error(`${name}: the server answered ${answer}. Reload the page, which may be of an older version.`);
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  onProgress?.(done, bytes);
  const reader = response.body!.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      done += next.value.length;
      onProgress?.(done, bytes);
    }
  } catch (error) {
    signal?.throwIfAborted();
    const what = `${name}: the connection broke after ${megabytes(done)} of ${megabytes(bytes)}`;
    throw new Error(`${what}. Choose it again to fetch it once more.`, { cause: error });
  }
  const file = new Blob(parts);
  if (await hasDigest(file, model)) return file;
  throw new Error(
    `${name}: ${megabytes(done)} arrived that are not the ${megabytes(bytes)} which these pages were built with. ` +
      'Reload the page. If that does not help, its files on the host are of two versions.',
  );
}

/** Whether a file is the model of the build: by its size, and its SHA-256. */
export async function hasDigest(file: Blob, { bytes, sha256 }: ModelEntry): Promise<boolean> {
  if (file.size !== bytes) return false;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sha256;
}
