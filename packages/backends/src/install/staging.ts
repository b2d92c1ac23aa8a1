import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BackendError } from '../backend-error.js';

const LOCK = '.installing';
const STAGING = '.staging-';

/**
 * Prepares a folder next to its place, and puts it there by a new name when it is complete. One installation at a time works in
 * a folder of engines; what a killed one has left is removed.
 *
 * @param engines the folder of all engines
 * @param name the engine's own folder
 * @param prepare fills the folder that it is given
 * @throws BackendError if another process installs there
 */
export async function prepareInPlace(
  engines: string,
  name: string,
  prepare: (folder: string) => Promise<void>,
): Promise<void> {
  const unlock = await lock(engines);
  const staging = join(engines, `${STAGING}${process.pid}`);
  try {
    await removeLeftovers(engines);
    const folder = join(staging, name);
    await mkdir(folder, { recursive: true });
    await prepare(folder);
    const place = join(engines, name);
    if (existsSync(place)) await rename(place, join(staging, 'previous'));
    await rename(folder, place);
  } finally {
    await rm(staging, { recursive: true, force: true });
    await unlock();
  }
}

async function removeLeftovers(engines: string): Promise<void> {
  const leftovers = (await readdir(engines)).filter((entry) => entry.startsWith(STAGING));
  for (const entry of leftovers) await rm(join(engines, entry), { recursive: true, force: true });
}

/** Marks a folder as in use by this process. */
async function lock(engines: string): Promise<() => Promise<void>> {
  const path = join(engines, LOCK);
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.write(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (isRunning(owner)) {
      throw new BackendError(
        `Process ${owner} is installing into ${engines}. Wait for it, or stop it (kill ${owner}).`,
      );
    }
    await rm(path, { force: true });
  }
}

function isRunning(process_: number): boolean {
  if (!(process_ > 0)) return false;
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
