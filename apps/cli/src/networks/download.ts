import { constants } from 'node:fs';
import { open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { Progress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';

/** How often a connection that breaks is taken up again. */
const MAX_ATTEMPTS = 10;
const MEGABYTE = 1e6;

/**
 * Downloads a file, going on where an earlier attempt, also of an earlier run, stopped. The server's tag of the file is
 * kept beside it (`.etag`), so that parts of two versions never meet.
 *
 * @param part where the bytes go; it is complete when this returns, and not before
 * @throws UserError saying what the server answered, or that there is no connection
 */
export async function download(url: string, part: string): Promise<void> {
  const progress = new Progress('MB');
  try {
    for (let attempt = 1; ; attempt++) {
      const before = await sizeOf(part);
      try {
        await fetchRest(url, part, before, progress);
        await rm(`${part}.etag`, { force: true });
        return;
      } catch (error) {
        if (error instanceof UserError || !isConnectionError(error)) throw error;
        if (attempt === MAX_ATTEMPTS || (await sizeOf(part)) <= before) throw unreachable(url, error);
      }
    }
  } finally {
    progress.end();
  }
}

async function fetchRest(url: string, part: string, have: number, progress: Progress): Promise<void> {
  const tag = have > 0 ? await readTag(part) : '';
  const resumed = tag !== '';
  const headers: Record<string, string> = resumed ? { Range: `bytes=${have}-`, 'If-Range': tag } : {};
  const response = await fetch(url, { headers: { ...headers, 'Accept-Encoding': 'identity' } });
  const isRest = response.status === 206 && startOf(response) === have;
  if (!isRest && response.status !== 200) {
    await response.body?.cancel();
    // The part may be longer than the file is now: the next attempt begins anew.
    if (resumed) await rm(part, { force: true });
    if (resumed && response.status === 416) return fetchRest(url, part, 0, progress);
    throw new UserError(`${url}: the server answered ${response.status} ${response.statusText}. Check the address.`);
  }
  const start = isRest ? have : 0;
  const length = Number(response.headers.get('content-length') ?? NaN);
  const total = start + length;
  // Another run may be writing the same bytes to the same places: then nothing is thrown away.
  const newTag = strongTag(response) ?? '';
  const isShared = newTag !== '' && (await readTag(part)) === newTag;
  await writeFile(`${part}.etag`, newTag);
  const file = await open(part, isRest ? 'r+' : isShared ? constants.O_RDWR | constants.O_CREAT : 'w');
  try {
    const end = await writeBody(response, file, start, (done) =>
      progress.update(Math.round(done / MEGABYTE), Math.round((Number.isNaN(total) ? done : total) / MEGABYTE)),
    );
    if (!Number.isNaN(total) && end !== total) throw new UserError(`${url}: the server sent ${end} of ${total} bytes.`);
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
  for await (const piece of response.body ?? []) {
    await file.write(piece as Uint8Array, 0, (piece as Uint8Array).length, position);
    position += (piece as Uint8Array).length;
    onProgress(position);
  }
  return position;
}

function readTag(part: string): Promise<string> {
  return readFile(`${part}.etag`, 'utf8').catch(() => '');
}

/** A tag that changes with every byte of the file; only such a one may be used to go on. */
function strongTag(response: Response): string | undefined {
  const tag = response.headers.get('etag');
  return tag !== null && tag.startsWith('"') ? tag : undefined;
}

/** Where the part that the server sends begins. */
function startOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
}

function isConnectionError(error: unknown): error is Error {
  return error instanceof TypeError;
}

function unreachable(url: string, error: Error): UserError {
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  return new UserError(
    `${url} could not be fetched: ${code ?? message}. Is there a connection? What has arrived is kept, and the next run ` +
      'goes on there. Or download the file elsewhere and give its path.',
  );
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
