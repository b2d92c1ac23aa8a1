/** What started this process as one of several. */
export interface Launch {
  /** The program: Open MPI's `mpirun`, another one with the PMI of MPICH, one with PMIx, or Slurm's `srun`. */
  launcher: 'Open MPI' | 'MPICH' | 'PMIx' | 'Slurm';
  /** Number of this process, from 0. */
  rank: number;
  /** Number of the processes, where the launcher says it. */
  size?: number;
  /** Number of this process among those on its host, from 0, where the launcher says it. */
  localRank?: number;
  /** Number of the processes on this host, where the launcher says it. */
  localSize?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that tell a process its rank, for each launcher. */
export const RANK_VARIABLES = ['OMPI_COMM_WORLD_RANK', 'PMI_RANK', 'PMIX_RANK', 'SLURM_PROCID'] as const;

/**
 * Tells from the environment whether an MPI launcher started this process (`mpirun`, `mpiexec`, `srun`). Returns null if none
 * did. Nothing is loaded.
 *
 * @param env default: that of this process
 */
export function startedByLauncher(env: Environment = process.env): Launch | null {
  const local = {
    localRank: numberOf(env.OMPI_COMM_WORLD_LOCAL_RANK ?? env.MPI_LOCALRANKID ?? env.SLURM_LOCALID),
    localSize: numberOf(env.OMPI_COMM_WORLD_LOCAL_SIZE ?? env.MPI_LOCALNRANKS),
  };
  const [openMpi, pmi, pmix] = RANK_VARIABLES.map((name) => numberOf(env[name]));
  if (openMpi !== undefined) {
    return { launcher: 'Open MPI', rank: openMpi, size: numberOf(env.OMPI_COMM_WORLD_SIZE), ...local };
  }
  // A batch script of Slurm has a rank too. Only srun tells the number of processes of its step.
  const tasks = numberOf(env.SLURM_STEP_NUM_TASKS);
  const inStep = tasks !== undefined && env.SLURM_PROCID !== undefined;
  if (pmi !== undefined) return { launcher: 'MPICH', rank: pmi, size: numberOf(env.PMI_SIZE) ?? tasks, ...local };
  if (pmix !== undefined) return { launcher: 'PMIx', rank: pmix, size: inStep ? tasks : undefined, ...local };
  if (!inStep || tasks === 1) return null;
  return { launcher: 'Slurm', rank: Number(env.SLURM_PROCID), size: tasks, ...local };
}

function numberOf(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}
