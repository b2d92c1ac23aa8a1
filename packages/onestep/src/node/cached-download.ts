import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError } from '@onestep/checkpoint';
import { makeFolder, writeFileAtomically } from '@onestep/checkpoint/node';
import type { LoadOptions } from '../host/host.js';
import { cacheFolder } from './cache-folder.js';
import { sha256OfFile } from './content-digest.js';
import { lockDownload } from './download-lock.js';
import { download, type DownloadOptions } from './download.js';

/**
 * Downloads a file into the cache, unless it is there.
 *
 * The checksum of a download is kept next to it (`.sha256`) and compared each time the file is used. A checksum of one's
 * own can be given with the URL: `https://host/file.pkl#sha256=0123...`. Progress is reported only while bytes arrive.
 *
 * @returns the file's path in {@link cacheFolder}
 * @throws RangeError if the address is not valid; CheckpointError if the file cannot be downloaded, or has another checksum
 */
export async function downloadToCache(address: string, options: LoadOptions = {}): Promise<string> {
  const { url, checksum } = splitChecksum(address);
  return downloadTo(join(cacheFolder(), cacheName(url)), url, { ...options, checksum });
}

/**
 * Downloads a file to a path, unless it is there. Its checksum is kept next to it, and compared each time.
 *
 * @param options `checksum` is what the file has to have; `headers` are sent to the server
 * @returns the path
 * @throws CheckpointError if the file cannot be downloaded, or has another checksum
 */
export async function downloadTo(
  path: string,
  url: string,
  { checksum, ...options }: DownloadOptions & { checksum?: string },
): Promise<string> {
  const known = await knownChecksum(path);
  if (known !== undefined) return verify(path, checksum ?? known);
  await makeFolder(dirname(path));
  const lock = await lockDownload(path, options.signal);
  try {
    // Another run may have completed it in the meantime.
    const completed = await knownChecksum(path);
    return completed === undefined
      ? await fetchInto(path, url, checksum, options)
      : await verify(path, checksum ?? completed);
  } finally {
    lock?.release();
  }
}

async function verify(path: string, expected: string): Promise<string> {
  const actual = await sha256OfFile(path);
  if (actual === expected) return path;
  const what = `its SHA-256 is ${actual}, and should be ${expected}`;
  throw new CheckpointError(path, `${what}. Delete it to have it downloaded again, or check the address`);
}

function splitChecksum(address: string): { url: string; checksum: string | undefined } {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new RangeError(`${address} is not a valid address.`);
  }
  const fragment = url.hash;
  url.hash = '';
  if (fragment === '') return { url: url.href, checksum: undefined };
  const checksum = /^#sha256=([0-9a-f]{64})$/i.exec(fragment)?.[1]?.toLowerCase();
  if (checksum !== undefined) return { url: url.href, checksum };
  throw new RangeError(`${address}: what follows # must be sha256= and the 64 hexadecimal digits of a checksum.`);
}

/** A readable file name that differs for every address. */
function cacheName(url: string): string {
  const digest = createHash('sha256').update(url).digest('hex').slice(0, 16);
  const name = basename(new URL(url).pathname).replace(/[^\w.-]/g, '_');
  return `${digest}-${name.slice(-100) || 'file'}`;
}

/** The checksum of a complete download; undefined if there is none. */
async function knownChecksum(path: string): Promise<string | undefined> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  const text = exists ? await readFile(`${path}.sha256`, 'utf8').catch(() => '') : '';
  return /^[0-9a-f]{64}/.exec(text)?.[0];
}

async function fetchInto(
  path: string,
  url: string,
  expected: string | undefined,
  options: DownloadOptions,
): Promise<string> {
  const part = `${path}.part`;
  await download(url, part, options);
  await keep(part, path, url, expected);
  return path;
}

/** Gives a complete download its name. */
async function keep(part: string, path: string, url: string, expected: string | undefined): Promise<void> {
  const actual = await sha256OfFile(part);
  if (expected !== undefined && actual !== expected) {
    await rm(part, { force: true });
    throw new CheckpointError(url, `the SHA-256 of the file is ${actual}, and should be ${expected}; it was not kept`);
  }
  // As `sha256sum --check` reads it. It comes first: a file under its final name always has its checksum.
  await writeFileAtomically(`${path}.sha256`, `${actual}  ${basename(path)}\n`);
  await rename(part, path);
}
