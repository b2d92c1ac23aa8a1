import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cpuQuota } from './cpu-quota.js';

/**
 * The number of processors that this process may keep busy: those of its affinity mask, or fewer if the quota of a container
 * is smaller. A part of a processor counts as a whole one, because a thread more uses it up.
 *
 * Node's own `availableParallelism` ignores quotas before libuv 1.49 and rounds them down after it. The number of threads
 * decides about the last bits of results, so it must not depend on that.
 *
 * @param root folder that contains `proc`, on Linux. Default: `/`
 */
export function availableProcessors(root = '/'): number {
  const allowed = allowedProcessors(root);
  if (allowed === null) return availableParallelism();
  return Math.max(1, Math.min(allowed, Math.ceil(cpuQuota(root))));
}

/** Counts the affinity mask, `0-3,8` in proc_pid_status(5). Returns null where there is none. */
function allowedProcessors(root: string): number | null {
  let status: string;
  try {
    status = readFileSync(join(root, 'proc/self/status'), 'utf8');
  } catch {
    return null;
  }
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status)?.[1];
  if (list === undefined) return null;
  return list.split(',').reduce((count, range) => {
    const [first, last = first] = range.split('-').map(Number);
    return count + last! - first! + 1;
  }, 0);
}
