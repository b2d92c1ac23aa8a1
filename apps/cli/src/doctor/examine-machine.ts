import { access, constants, stat, statfs } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, release } from 'node:os';
import { dirname, resolve } from 'node:path';
import { availableMemory } from 'onestep/node';
import { formatBytes } from '../terminal/format.js';
import { describeError } from '../user-error.js';
import type { Finding } from './finding.js';

/** The oldest Node that the packages are made for. */
const OLDEST = [20, 19];
/** What a training in minutes takes with all its parts. */
const LITTLE_MEMORY = 2e9;
/** What a run of a small network and its snapshots take. */
const LITTLE_DISK = 2e9;

/** Whether this Node can run the program. @param version such as `v22.1.0` */
export function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isOld = major < OLDEST[0]! || (major === OLDEST[0] && minor < OLDEST[1]!);
  if (!isOld) return { name: 'Node.js', state: 'ok', found: version };
  const advice = `Install Node.js ${OLDEST.join('.')} or newer: https://nodejs.org`;
  return { name: 'Node.js', state: 'fault', found: `${version} is too old.`, advice };
}

/** The processors, and how many the engine uses. */
export function examineProcessors(environment: NodeJS.ProcessEnv = process.env): Finding {
  const [first] = cpus();
  const count = availableParallelism();
  const asked = environment.ONESTEP_THREADS;
  const found = `${cpus().length} x ${first?.model.trim() || 'unknown'}, ${platform()} ${release()} ${arch()}`;
  if (asked === undefined || asked === '')
    return { name: 'processors', state: 'ok', found: `${found}; threads: ${count}` };
  if (!/^\d+$/.test(asked) || Number(asked) < 1) {
    const advice = 'Set it to a whole number, or unset it: all processors that this process may use are taken then.';
    return { name: 'processors', state: 'fault', found: `${found}; ONESTEP_THREADS is '${asked}'.`, advice };
  }
  const isFewer = Number(asked) < count;
  return {
    name: 'processors',
    state: isFewer ? 'note' : 'ok',
    found: `${found}; threads: ${asked} by ONESTEP_THREADS, of ${count}`,
    ...(isFewer && { advice: 'Unset ONESTEP_THREADS to use all of them.' }),
  };
}

/** The memory that this process may use. */
export function examineMemory({ total, available } = availableMemory()): Finding {
  const found = `${formatBytes(available)} available of ${formatBytes(total)}`;
  if (available >= LITTLE_MEMORY) return { name: 'memory', state: 'ok', found };
  const advice =
    'Trainings take from 1 to 10 GB: end other programs, or pass a smaller --batch-gpu. --dry-run tells what one takes.';
  return { name: 'memory', state: 'note', found, advice };
}

/** Whether files can be written to a folder, which need not exist yet, and the space for them. @param what such as `runs` */
export async function examineDisk(what: string, folder: string): Promise<Finding> {
  const name = `disk: ${what}`;
  let place = resolve(folder);
  for (;;) {
    try {
      if (!(await stat(place)).isDirectory()) {
        return { name, state: 'fault', found: `${place} is a file.`, advice: 'Choose another folder.' };
      }
      await access(place, constants.W_OK);
      const { bavail, bsize } = await statfs(place);
      const free = bavail * bsize;
      const found = `${formatBytes(free)} free in ${place}`;
      if (free >= LITTLE_DISK) return { name, state: 'ok', found };
      return { name, state: 'note', found, advice: 'Snapshots and training states need some GB: free some space.' };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const parent = dirname(place);
      if (code !== 'ENOENT' || parent === place) {
        return { name, state: 'fault', found: describeError(error) };
      }
      place = parent;
    }
  }
}
