import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { RunError, writing } from './run-error.js';

/** Who holds a lock. */
interface Holder {
  pid: number;
  host: string;
  /** When the process began, in the system's own units; tells a process from a later one with the same number. */
  started: string | null;
}

/** Keeps a second process out of a run's folder. A lock whose process is gone is taken over. */
export class RunLock {
  private readonly path: string;
  private released = false;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws RunError if a living process, or one of another machine, holds the folder */
  static async acquire(folder: string): Promise<RunLock> {
    const path = join(folder, 'run.lock');
    while (!(await create(path))) {
      const text = await readFile(path, 'utf8').catch(() => null);
      if (text === null) continue; // released in the meantime
      const holder = parse(text);
      if (holder !== null && holder.host !== hostname()) {
        throw new RunError(
          `${folder} is in use by process ${holder.pid} on ${holder.host}. If that one is gone, delete ${path}.`,
        );
      }
      if (holder !== null && isAlive(holder)) {
        throw new RunError(
          `${folder} is in use by process ${holder.pid}. Wait for it to end, or stop it, or choose another folder.`,
        );
      }
      await discard(path, text);
    }
    return new RunLock(path);
  }

  /** Lets others in. Releasing twice does nothing: the folder may be another process's by then. */
  release(): void {
    if (this.released) return;
    this.released = true;
    rmSync(this.path, { force: true });
  }
}

/** Makes the lock unless it exists. It is linked into place with its contents, so that no one ever reads half of it. */
async function create(path: string): Promise<boolean> {
  const holder: Holder = { pid: process.pid, host: hostname(), started: processStart(process.pid) };
  return writing(path, async () => {
    const draft = aside(path);
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
  });
}

/** A name beside the lock that only this process uses. */
function aside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}`);
}

/** Removes a stale lock. Of several processes that try, one succeeds: the file is moved away first and looked at again. */
async function discard(path: string, expected: string): Promise<void> {
  const moved = aside(path);
  try {
    await rename(path, moved);
  } catch {
    return; // another process was faster
  }
  // If the lock changed hands between reading and moving it, it belongs to a living process, which gets it back.
  if ((await readFile(moved, 'utf8')) === expected) await rm(moved);
  else await rename(moved, path);
}

/** The holder, or null if the file says nothing, as after a power cut. */
function parse(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return started === null || started === processStart(pid);
}

/** Linux: field 22 of /proc/PID/stat, counted after the process's name, which may hold anything. Elsewhere null. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
