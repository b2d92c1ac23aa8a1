import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { gatherJson } from '@onestep/diffusion-core';
import type { MpiCommunicator } from '@onestep/mpi';

/**
 * Shares the cores and GPUs of a host between its ranks, by the environment that engines read when they start: ONESTEP_THREADS, where it
 * is not set, and CUDA_VISIBLE_DEVICES, of which a rank takes one.
 *
 * @returns a word about cores that the launcher keeps the ranks of this host from; null if there are none
 */
export async function shareHost(communicator: MpiCommunicator): Promise<string | null> {
  const { host, localRank, localSize } = communicator;
  const own = allowedCores('self');
  const all = await gatherJson(communicator, { host, cores: own });
  const here = all.filter((each) => each.host === host);
  const cores = new Set(here.flatMap((each) => each.cores)).size;
  const { env } = process;
  if (!env.ONESTEP_THREADS) env.ONESTEP_THREADS = String(threadsOfRank(own.length, cores, here.length));
  const devices = env.CUDA_VISIBLE_DEVICES?.split(',') ?? nvidiaDevices();
  if (localSize > 1 && devices.length > 1) env.CUDA_VISIBLE_DEVICES = devices[localRank % devices.length];
  const allowed = allowedCores(process.ppid).length;
  if (cores >= allowed) return null;
  return (
    `The launcher lets the ${here.length} ranks of ${host} use ${cores} of ${allowed} cores. With Open MPI, mpirun --bind-to none ` +
    'lets them use all.'
  );
}

/**
 * Threads of a rank: its part of the cores that the ranks of its host may use together.
 *
 * @param own number of the cores that this rank may use
 * @param together number of those that any of them may use
 */
export function threadsOfRank(own: number, together: number, ranks: number): number {
  // A container may have a quota of less than its cores, which Node knows.
  const most = Math.min(together, own === together ? availableParallelism() : together);
  return Math.max(1, Math.min(own, Math.floor(most / ranks)));
}

/** Numbers of the cores that a process may use, `0-3,8` in proc_pid_status(5); as many as Node counts where there is no such file. */
function allowedCores(pid: number | 'self'): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
    return list.split(',').flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
    });
  } catch {
    return Array.from({ length: availableParallelism() }, (_, i) => i);
  }
}

/** Numbers of the NVIDIA GPUs of this machine, on Linux. */
function nvidiaDevices(): string[] {
  try {
    return readdirSync('/proc/driver/nvidia/gpus').map((_, i) => String(i));
  } catch {
    return [];
  }
}
