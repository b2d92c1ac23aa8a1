import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The process that holds a lock. */
export interface LockHolder {
  pid: number;
  host: string;
  /** Start time of the process, in units of the system. Tells it from a later process with the same number. */
  started: string | null;
}

/** A file that one process at a time holds. A lock whose process has ended is taken over, even if nobody has reaped it yet. */
export class FileLock {
  private readonly path: string;
  private released = false;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Takes a lock, or finds who holds it: a running process of this machine, which may be this one, or one of another
   * machine, of which nothing more is known.
   *
   * @throws the file system's error if it cannot be written
   */
  static async tryAcquire(path: string): Promise<FileLock | LockHolder> {
    while (!(await create(path))) {
      const text = await readFile(path, 'utf8').catch(() => null);
      if (text === null) continue; // it was released in the meantime
      const holder = parse(text);
      if (holder !== null && (holder.host !== hostname() || isAlive(holder))) return holder;
      await discard(path, text);
    }
    return new FileLock(path);
  }

  /** Who holds a lock, without taking it: a running process of this machine, or one of another; null if nobody does. */
  static async holder(path: string): Promise<LockHolder | null> {
    const text = await readFile(path, 'utf8').catch(() => null);
    const holder = text === null ? null : parse(text);
    return holder !== null && (holder.host !== hostname() || isAlive(holder)) ? holder : null;
  }

  /** Gives the lock up. A second call does nothing: another process may hold it by then. */
  release(): void {
    if (this.released) return;
    this.released = true;
    rmSync(this.path, { force: true });
  }
}

/** Creates the lock unless it exists. It is linked into place with its contents, so that no process reads half of it. */
async function create(path: string): Promise<boolean> {
  const holder: LockHolder = { pid: process.pid, host: hostname(), started: readProcess(process.pid)?.started ?? null };
  const draft = temporaryName(path);
  await writeFile(draft, JSON.stringify(holder));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

let count = 0;

/** A name next to the lock that nothing else uses. */
function temporaryName(path: string): string {
  count += 1;
  return join(dirname(path), `.${basename(path)}.${process.pid}-${count}`);
}

/** Removes a stale lock. If several processes try, one succeeds: it moves the file away and reads it again. */
async function discard(path: string, expected: string): Promise<void> {
  const moved = temporaryName(path);
  try {
    await rename(path, moved);
  } catch {
    return; // another process was faster
  }
  // If the lock changed between reading and moving it, it belongs to a running process: give it back.
  if ((await readFile(moved, 'utf8')) === expected) await rm(moved);
  else await rename(moved, path);
}

/** Parses a lock file. @returns null if it is damaged, as after a power cut */
function parse(text: string): LockHolder | null {
  try {
    return JSON.parse(text) as LockHolder;
  } catch {
    return null;
  }
}

function isAlive({ pid, started }: LockHolder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const found = readProcess(pid);
  if (found === null) return true;
  return !found.hasEnded && (started === null || started === found.started);
}

/**
 * Reads when a process started, and whether it has ended and only waits for its parent to notice, as a rank does whose launcher
 * ended first: on Linux fields 22 and 3 of /proc/PID/stat, counted after the process's name, which may contain anything.
 * Returns null elsewhere.
 */
function readProcess(pid: number): { started: string | null; hasEnded: boolean } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19] ?? null, hasEnded: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return null;
  }
}
