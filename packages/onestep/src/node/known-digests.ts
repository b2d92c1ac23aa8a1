import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BigIntStats } from 'node:fs';
import { makeFolder, writeFileAtomically } from '@onestep/checkpoint/node';
import { cacheFolder } from './cache-folder.js';

/** A file that was changed more recently may be changed again without a new date: clocks of file systems are coarse. */
const SETTLED_MS = 2000;
/** Digests of fewer bytes are quickly computed again, and not kept on disk. */
const MIN_KEPT_BYTES = 32 * 2 ** 20;
/** Number of digests on disk. */
const MAX_KEPT = 1000;

const known = new Map<string, string>();

/** Identifies the state of a file: device, inode, size, and the times of the last change of contents and of inode, in ns. */
export function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Whether files with these stats cannot change any more without a change of {@link stateOf}. */
export function isSettled(stats: readonly BigIntStats[]): boolean {
  return stats.every(({ ctimeMs }) => Date.now() - Number(ctimeMs) > SETTLED_MS);
}

/** Finds the digest of what was in this state before, in this process or, for large files, in an earlier one. */
export async function recallDigest(state: string): Promise<string | undefined> {
  const digest = known.get(state) ?? (await readFile(pathOf(state), 'utf8').catch(() => undefined));
  if (digest !== undefined) known.set(state, digest);
  return digest;
}

/** Remembers a digest. @param bytes number of bytes that were read for it */
export async function rememberDigest(state: string, digest: string, bytes: number): Promise<void> {
  known.set(state, digest);
  if (bytes < MIN_KEPT_BYTES) return;
  // Without a cache folder the digest is computed again next time.
  await keep(pathOf(state), digest).catch(() => undefined);
}

async function keep(path: string, digest: string): Promise<void> {
  await makeFolder(folder());
  await writeFileAtomically(path, digest);
  const names = await readdir(folder());
  if (names.length <= MAX_KEPT) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, date: (await stat(join(folder(), name))).mtimeMs })),
  );
  dated.sort((a, b) => b.date - a.date);
  for (const { name } of dated.slice(MAX_KEPT / 2)) await rm(join(folder(), name), { force: true });
}

function pathOf(state: string): string {
  return join(folder(), createHash('sha256').update(state).digest('hex'));
}

function folder(): string {
  return join(cacheFolder(), 'digests');
}
