import { createHash } from 'node:crypto';
import { statSync, type BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ByteRange, CheckpointError, zipDirectoryRange } from '@onestep/checkpoint';
import { fileSource, readRegularFile, streamRegularFile } from '@onestep/checkpoint/node';
import { isSettled, recallDigest, rememberDigest, stateOf } from './known-digests.js';

/** Options of {@link contentDigest} and {@link sha256OfFile}. */
export interface DigestOptions {
  /** Called as bytes are read, with their number and the number expected. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the reading, by throwing the signal's reason. */
  signal?: AbortSignal;
}

const PIECE = 1 << 20;
/** Number of small files that are read without a pause. */
const GROUP = 100;
/** A larger ZIP archive is identified by its directory. */
const MAX_WHOLE_ZIP = 64 * 2 ** 20;

/**
 * Identifies a file or a folder by its contents: the same contents have the same digest in any place, and under any date.
 *
 * - `sha256:...`: the SHA-256 of a file's bytes.
 * - `zip:...`: the SHA-256 of the directory of a ZIP archive of more than 64 MiB: name, size and CRC-32 of each entry.
 *   PyTorch's archives may lack the CRC-32, and are read whole.
 * - `folder:...`: the SHA-256 of the names of the files in a folder and in its subfolders, and of their digests. Names that
 *   start with a dot do not count.
 *
 * A digest is kept with the device, inode, size and times (modification and inode change, in ns) of the file, in memory
 * and, for a large file, in {@link cacheFolder}; it is computed again if any of these has changed.
 *
 * @throws the file system's error if something cannot be read; CheckpointError if it is changed meanwhile; the signal's
 *   reason if it fires
 */
export async function contentDigest(path: string, options: DigestOptions = {}): Promise<string> {
  const stats = await stat(path, { bigint: true });
  if (stats.isDirectory()) return digestFolder(path, options);
  return isLargeZip(path, stats) ? digestZip(path, stats, options) : `sha256:${await sha256OfFile(path, options)}`;
}

/**
 * Computes the SHA-256 of a file, once for each of its states: see {@link contentDigest}.
 *
 * @returns 64 hexadecimal digits
 * @throws as {@link contentDigest} does
 */
export async function sha256OfFile(path: string, { onProgress, signal }: DigestOptions = {}): Promise<string> {
  const stats = await stat(path, { bigint: true });
  const total = Number(stats.size);
  return once(stateOf(stats), [stats], total, async () => {
    const hash = createHash('sha256');
    let done = 0;
    for await (const piece of streamRegularFile(path, { highWaterMark: PIECE })) {
      signal?.throwIfAborted();
      hash.update(piece as Buffer);
      onProgress?.((done += (piece as Buffer).length), total);
    }
    await assertUnchanged(path, stats);
    return hash.digest('hex');
  });
}

async function digestFolder(path: string, { onProgress, signal }: DigestOptions): Promise<string> {
  const files: { name: string; stats: BigIntStats }[] = [];
  for (const [i, name] of (await listFiles(path)).entries()) {
    if (i % GROUP === 0) await pause(signal);
    const stats = statSync(join(path, name), { bigint: true });
    if (stats.isFile()) files.push({ name, stats });
  }
  const total = files.reduce((sum, { stats }) => sum + Number(stats.size), 0);
  const states = createHash('sha256');
  for (const { name, stats } of files) states.update(`${name}\0${stateOf(stats)}\n`);
  const allStats = files.map(({ stats }) => stats);
  return once(`folder ${states.digest('hex')}`, allStats, total, async () => {
    const hash = createHash('sha256');
    let before = 0;
    for (const [i, { name, stats }] of files.entries()) {
      if (i % GROUP === 0) await pause(signal);
      const progress = (done: number) => onProgress?.(before + done, total);
      const file = join(path, name);
      // A picture is read faster at once than in turns with other work.
      const digest =
        stats.size <= PIECE
          ? sha256OfSmallFile(file, stats)
          : await sha256OfFile(file, { onProgress: progress, signal });
      hash.update(`${name}\0${digest}\n`);
      before += Number(stats.size);
      progress(0);
    }
    return `folder:${hash.digest('hex')}`;
  });
}

function sha256OfSmallFile(path: string, before: BigIntStats): string {
  const digest = createHash('sha256').update(readRegularFile(path)).digest('hex');
  if (stateOf(statSync(path, { bigint: true })) !== stateOf(before)) throw changed(path);
  return digest;
}

/** Lets other work through, such as a signal. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

/** Names of the files of a folder and its subfolders, with slashes, in an order that does not depend on the machine. */
async function listFiles(path: string): Promise<string[]> {
  const names = (await readdir(path, { recursive: true })).map((name) => name.split(sep).join('/'));
  return names.filter((name) => !/(^|\/)\./.test(name)).sort();
}

function isLargeZip(path: string, { size }: BigIntStats): boolean {
  if (size <= MAX_WHOLE_ZIP) return false;
  const start = fileSource(path).read(0, 4);
  return start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;
}

async function digestZip(path: string, stats: BigIntStats, options: DigestOptions): Promise<string> {
  const directory = readDirectory(path);
  if (directory === null) return `sha256:${await sha256OfFile(path, options)}`;
  await assertUnchanged(path, stats);
  return `zip:${createHash('sha256').update(directory).digest('hex')}`;
}

/** The directory of a ZIP archive; null where its checksums do not count, or it has none. */
function readDirectory(path: string): Uint8Array | null {
  try {
    const directory = zipDirectoryRange(new ByteRange(fileSource(path))).bytes();
    return Buffer.from(directory.buffer, directory.byteOffset, directory.length).includes('/data.pkl')
      ? null
      : directory;
  } catch {
    return null;
  }
}

/** Computes a digest unless it is known, and keeps it if the files cannot change unnoticed. */
async function once(
  state: string,
  stats: readonly BigIntStats[],
  bytes: number,
  compute: () => Promise<string>,
): Promise<string> {
  const before = await recallDigest(state);
  if (before !== undefined) return before;
  const settled = isSettled(stats);
  const digest = await compute();
  if (settled) await rememberDigest(state, digest, bytes);
  return digest;
}

async function assertUnchanged(path: string, before: BigIntStats): Promise<void> {
  const now = await stat(path, { bigint: true });
  if (stateOf(now) !== stateOf(before)) throw changed(path);
}

function changed(path: string): CheckpointError {
  return new CheckpointError(path, 'it was changed while it was being read');
}
