import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** The launchers of the two MPI implementations, by Debian's names. */
export const LAUNCHERS = { 'Open MPI': 'mpirun.openmpi', MPICH: 'mpirun.mpich' } as const;
export type MpiName = keyof typeof LAUNCHERS;

/** What a job left behind. */
export interface FinishedJob {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The reason why tests with an MPI are skipped: its launcher or the npm package koffi is missing. Null if both are there. */
export function whyNoMpi(name: MpiName): string | null {
  try {
    createRequire(import.meta.url).resolve('koffi');
  } catch {
    return 'the npm package koffi is not installed';
  }
  const { status } = spawnSync(LAUNCHERS[name], ['--version']);
  return status === 0 ? null : `${LAUNCHERS[name]} is not installed (npm run setup:mpi)`;
}

/**
 * The command line that starts one process for each list of arguments of Node.
 *
 * @param options of the launcher
 * @param folders working folder of each rank; left out, that of this process
 */
export function jobCommand(
  name: MpiName,
  ranks: readonly (readonly string[])[],
  options: readonly string[] = [],
  folders: readonly string[] = [],
): string[] {
  const own = name === 'Open MPI' ? ['--oversubscribe', '--bind-to', 'none'] : [];
  const place = (rank: number) => (folders[rank] === undefined ? [] : ['-wdir', folders[rank]]);
  const processes = ranks.flatMap((args, i) => [
    ...(i > 0 ? [':'] : []),
    ...['-n', '1', ...place(i), process.execPath, ...args],
  ]);
  return [LAUNCHERS[name], ...own, ...options, ...processes];
}

/** Runs a job to its end: see {@link jobCommand}. */
export function runJob(
  name: MpiName,
  ranks: readonly (readonly string[])[],
  options: readonly string[] = [],
  folders: readonly string[] = [],
): Promise<FinishedJob> {
  const [file, ...args] = jobCommand(name, ranks, options, folders);
  const child = spawn(file!, args, { env: jobEnvironment() });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The environment of a launcher. Open MPI refuses to run as root, as tests in containers do, without a word about it. */
export function jobEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NO_COLOR: '1',
    OMPI_ALLOW_RUN_AS_ROOT: '1',
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  };
}
