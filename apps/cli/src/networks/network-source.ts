import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { cacheFolder } from '../cache-folder.js';
import { UserError } from '../user-error.js';
import { sha256OfFile } from './checksum.js';
import { download } from './download.js';
import { publishedNetworkUrl } from './published-networks.js';

/**
 * The path of a network: a path as it is; a URL, or the name of a published network, as its file in the cache, which is
 * downloaded first if it is not there.
 *
 * The checksum of a download is kept beside it (`.sha256`) and compared each time the file is used. One's own can be
 * given with the URL: `https://host/file.pkl#sha256=0123...`.
 *
 * @throws UserError if it cannot be downloaded, or its checksum is another one
 */
export async function networkPath(source: string): Promise<string> {
  const address = publishedNetworkUrl(source) ?? source;
  if (!/^https?:\/\//i.test(address)) return source;
  const { url, checksum } = splitChecksum(address);
  const path = join(cacheFolder(), cacheName(url));
  const known = await knownChecksum(path);
  return known === undefined ? fetchInto(path, url, checksum) : verified(path, checksum ?? known);
}

async function verified(path: string, expected: string): Promise<string> {
  const actual = await sha256OfFile(path);
  if (actual !== expected) {
    throw new UserError(
      `${path}: its SHA-256 is ${actual}, and should be ${expected}. ` +
        'Delete it to have it downloaded again, or check the address.',
    );
  }
  return path;
}

function splitChecksum(address: string): { url: string; checksum: string | undefined } {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new UserError(`${address} is not a valid address.`, 2);
  }
  const fragment = url.hash;
  url.hash = '';
  if (fragment === '') return { url: url.href, checksum: undefined };
  const checksum = /^#sha256=([0-9a-f]{64})$/i.exec(fragment)?.[1]?.toLowerCase();
  if (checksum === undefined) {
    throw new UserError(`${address}: what follows # must be sha256= and the 64 hexadecimal digits of a checksum.`, 2);
  }
  return { url: url.href, checksum };
}

/** A name that tells which file it is and differs for every address. */
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

async function fetchInto(path: string, url: string, expected: string | undefined): Promise<string> {
  await mkdir(cacheFolder(), { recursive: true });
  const part = `${path}.part`;
  process.stderr.write(`Downloading ${url} to ${path}\n`);
  try {
    await download(url, part);
    await keep(part, path, url, expected);
    return path;
  } catch (error) {
    // Another run may have completed the same download, and moved it.
    const known = (error as NodeJS.ErrnoException).code === 'ENOENT' ? await knownChecksum(path) : undefined;
    if (known === undefined) throw error;
    return verified(path, expected ?? known);
  }
}

/** Gives a complete download its name. */
async function keep(part: string, path: string, url: string, expected: string | undefined): Promise<void> {
  const actual = await sha256OfFile(part);
  if (expected !== undefined && actual !== expected) {
    await rm(part, { force: true });
    throw new UserError(`${url}: the SHA-256 of the file is ${actual}, and should be ${expected}. It was not kept.`);
  }
  // As `sha256sum --check` reads it. It comes first: a file under its final name always has its checksum.
  await writeFileAtomically(`${path}.sha256`, `${actual}  ${basename(path)}\n`);
  await rename(part, path);
}
