import { describe, expect, it } from 'vitest';
import { whyNoMpi } from '../../../test-support/mpi.js';
import { startedByLauncher } from '@onestep/mpi';
import { checkCalls, checkFailure } from './support/check-calls.js';

const missing = whyNoMpi('Open MPI');
if (missing !== null) console.warn(`Tests with Open MPI are skipped: ${missing}.`);

describe.skipIf(missing !== null)('Open MPI with 2 ranks', () => {
  it('sums, broadcasts and gathers', () => checkCalls('Open MPI'));
  it('ends all ranks when one exits', () => checkFailure('Open MPI'));
});

describe('startedByLauncher', () => {
  it.each([
    ['nothing', {}, null],
    ['Open MPI', { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '1' }, ['Open MPI', 1, 4]],
    ['MPICH', { PMI_RANK: '0', PMI_SIZE: '2', MPI_LOCALRANKID: '0', MPI_LOCALNRANKS: '2' }, ['MPICH', 0, 2]],
    ['srun --mpi=pmix', { PMIX_RANK: '3', SLURM_PROCID: '3', SLURM_STEP_NUM_TASKS: '8' }, ['PMIx', 3, 8]],
    ['srun without PMI', { SLURM_PROCID: '2', SLURM_STEP_NUM_TASKS: '3', SLURM_NTASKS: '3' }, ['Slurm', 2, 3]],
    ['a batch script of Slurm', { SLURM_PROCID: '0', SLURM_NTASKS: '8' }, null],
  ])('recognizes %s', (_, env, expected) => {
    const launch = startedByLauncher(env);
    expect(launch === null ? null : [launch.launcher, launch.rank, launch.size]).toEqual(expected);
  });
});
