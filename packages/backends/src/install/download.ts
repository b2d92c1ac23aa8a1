import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackendError } from '../backend-error.js';
import { summarizeError } from '../optional-package.js';
import type { OfferedWheel } from './wheel-index.js';

/** How often a connection may break before the download is given up. */
const ATTEMPTS = 4;

/**
 * Downloads a wheel and verifies its checksum. A part that an earlier attempt left (`PATH.part`) is completed, if the server can do so.
 *
 * @param progress called with the bytes downloaded so far, and the size of the file, or null if it is unknown
 * @throws BackendError if the server does not answer, the connection breaks, or the checksum is wrong
 */
export async function downloadWheel(
  wheel: OfferedWheel,
  path: string,
  { signal, progress }: { signal?: AbortSignal; progress(bytes: number, total: number | null): void },
): Promise<void> {
  if ((await sizeOf(path)) > 0 && (await sha256Of(path)) === wheel.sha256) return;
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    try {
      await append(wheel, part, await sizeOf(part), progress, signal);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      const isFromServer = error instanceof BackendError || (error as NodeJS.ErrnoException).path !== undefined;
      if (isFromServer || attempt === ATTEMPTS) throw describe(wheel, error);
    }
  }
  const sha256 = await sha256Of(part);
  if (sha256 !== wheel.sha256) {
    await rm(part);
    throw new BackendError(
      `${wheel.url}: the SHA-256 of what arrived is ${sha256}, and should be ${wheel.sha256}. It was deleted; run the command again.`,
    );
  }
  await rename(part, path);
}

function describe({ url }: OfferedWheel, error: unknown): unknown {
  // Errors of the file system, which have a path, are passed on unchanged.
  if (error instanceof BackendError || (error as NodeJS.ErrnoException).path !== undefined) return error;
  const reason = summarizeError((error as Error).cause ?? error);
  return new BackendError(
    `${url}: the download broke off (${reason}). Run the command again: it goes on where it stopped.`,
    { cause: error },
  );
}

/** Appends to a file what it lacks. */
async function append(
  { url, size }: OfferedWheel,
  part: string,
  have: number,
  progress: (bytes: number, total: number | null) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (size !== null && have === size) return;
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  const response = await fetch(url, { signal, headers });
  // 416: there is nothing after what is here. The checksum says whether that is the file.
  if (response.status === 416) return;
  if (!response.ok || response.body === null) throw new BackendError(`${url}: the server answered ${response.status}.`);
  let bytes = response.status === 206 ? have : 0;
  const length = Number(response.headers.get('content-length')) || null;
  const total = size ?? (length === null ? null : bytes + length);
  const file = await open(part, bytes > 0 ? 'a' : 'w');
  try {
    for await (const piece of response.body) {
      await file.write(piece);
      progress((bytes += piece.length), total);
    }
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}
