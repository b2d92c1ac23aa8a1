import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** What another machine, or an earlier version, has left for so long is left over. */
const STALE_MS = 24 * 3600 * 1000;
/** Matches a temporary name, and captures the process and the machine of its writer. */
const TEMPORARY = /^\..+\.(?:(\d+)-([0-9a-f]{8})-)?[0-9a-f]{12}\.tmp$/;
const HOST = createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 8);

/** Files and folders that are incomplete. */
const temporaries = new Set<string>();
/** Folders where no writer of the past has left anything. */
const cleaned = new Set<string>();

/**
 * A new name in the folder of `path`, for a file or folder that takes its own name when it is complete. What has the name is
 * removed if the process exits before {@link forgetTemporary}. If it is killed, the next process that writes into the folder
 * removes it: the name says which process on which machine writes.
 *
 * @internal
 */
export function temporaryPath(path: string): string {
  if (!process.listeners('exit').includes(removeTemporaries)) process.on('exit', removeTemporaries);
  const folder = dirname(path);
  removeLeftovers(folder);
  const writer = `${process.pid}-${HOST}-${randomBytes(6).toString('hex')}`;
  const temporary = join(folder, `.${basename(path)}.${writer}.tmp`);
  temporaries.add(temporary);
  return temporary;
}

/**
 * Says that a file or folder has its own name now, or is removed.
 *
 * @internal
 */
export function forgetTemporary(path: string): void {
  temporaries.delete(path);
}

/** Removes what is incomplete when the process exits before it is written, as at a second Ctrl-C. */
function removeTemporaries(): void {
  for (const path of temporaries) tryToRemove(path);
}

/** Removes what writers that were killed have left in a folder, once in a process. */
function removeLeftovers(folder: string): void {
  const place = resolve(folder);
  if (cleaned.has(place)) return;
  cleaned.add(place);
  for (const name of listFolder(place)) {
    const match = TEMPORARY.exec(name);
    if (match !== null && isLeftOver(join(place, name), match[1], match[2])) tryToRemove(join(place, name));
  }
}

function isLeftOver(path: string, pid: string | undefined, host: string | undefined): boolean {
  if (host === HOST && !isAlive(Number(pid))) return true;
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && Date.now() - status.mtimeMs > STALE_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What numbers of processes belong to: containers on one machine count their own. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function tryToRemove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It is left behind, under its temporary name.
  }
}
