import { constants } from 'node:fs';
import { open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { CheckpointError } from '@onestep/checkpoint';
import type { LoadOptions } from '../host/host.js';

/** Options of {@link download}. */
export interface DownloadOptions extends LoadOptions {
  /** Sent to the server, such as the token of an account. */
  headers?: Readonly<Record<string, string>>;
}

/** Number of attempts to continue after the connection breaks. */
const MAX_ATTEMPTS = 10;

/**
 * Downloads a file, resuming where an earlier attempt stopped, in this run or an earlier one. The server's tag of the file
 * is kept next to it (`.etag`), so that parts of two versions are never joined.
 *
 * @param part where the bytes go; complete when this returns, and not before
 * @throws CheckpointError with the server's answer, or saying that there is no connection; the signal's reason if it fires
 */
export async function download(url: string, part: string, options: DownloadOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part);
    try {
      await fetchRest(url, part, before, options);
      await rm(`${part}.etag`, { force: true });
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isConnectionError(error)) throw error;
      if (attempt === MAX_ATTEMPTS || (await sizeOf(part)) <= before) throw unreachable(url, error);
    }
  }
}

async function fetchRest(url: string, part: string, have: number, options: DownloadOptions): Promise<void> {
  const tag = have > 0 ? await readTag(part) : '';
  const isResumed = tag !== '';
  const range: Record<string, string> = isResumed ? { Range: `bytes=${have}-`, 'If-Range': tag } : {};
  const headers = { ...options.headers, ...range, 'Accept-Encoding': 'identity' };
  const response = await fetch(url, { headers, signal: options.signal });
  const isRest = response.status === 206 && startOf(response) === have;
  if (!isRest && response.status !== 200) {
    await response.body?.cancel();
    // The part may be longer than the file is now: the next attempt starts from the beginning.
    if (isResumed) await rm(part, { force: true });
    if (isResumed && response.status === 416) return fetchRest(url, part, 0, options);
    const answer = `the server answered ${response.status} ${response.statusText}; check the address`;
    throw new CheckpointError(url, answer);
  }
  const start = isRest ? have : 0;
  const length = Number(response.headers.get('content-length') ?? NaN);
  const total = Number.isNaN(length) ? null : start + length;
  // Without locks, another run may be writing the same bytes to the same places: then nothing is discarded.
  const newTag = strongTag(response) ?? '';
  const isShared = newTag !== '' && (await readTag(part)) === newTag;
  await writeFile(`${part}.etag`, newTag);
  const file = await open(part, isRest ? 'r+' : isShared ? constants.O_RDWR | constants.O_CREAT : 'w');
  try {
    const end = await writeBody(response, file, start, (done) => options.onProgress?.(done, total));
    if (total !== null && end !== total) throw new CheckpointError(url, `the server sent ${end} of ${total} bytes`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeBody(
  response: Response,
  file: FileHandle,
  start: number,
  onProgress: (done: number) => void,
): Promise<number> {
  let position = start;
  onProgress(position);
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    await file.write(next.value, 0, next.value.length, position);
    position += next.value.length;
    onProgress(position);
  }
  return position;
}

function readTag(part: string): Promise<string> {
  return readFile(`${part}.etag`, 'utf8').catch(() => '');
}

/** The server's tag, if it changes with every byte of the file: a weak tag must not be used to resume. */
function strongTag(response: Response): string | undefined {
  const tag = response.headers.get('etag');
  return tag !== null && tag.startsWith('"') ? tag : undefined;
}

/** Position of the first byte that the server sends. */
function startOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
}

function isConnectionError(error: unknown): error is Error {
  return error instanceof TypeError;
}

function unreachable(url: string, error: Error): CheckpointError {
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  const what =
    `it could not be fetched: ${code ?? message}. Is there a connection? What has arrived is kept, and the next attempt ` +
    'resumes there. Or download the file elsewhere, and use its path';
  return new CheckpointError(url, what, { cause: error });
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
