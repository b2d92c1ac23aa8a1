import { gatherJson } from '@onestep/diffusion-core';
import { RANK_VARIABLES, startedByLauncher } from './launcher.js';
import { MpiCommunicator } from './mpi-communicator.js';
import { MpiError } from './mpi-error.js';
import { loadMpiLibrary } from './mpi-library.js';

/**
 * Opens MPI in a process that a launcher started. Every process has to call it, once, and `close()` at its end.
 * A process that exits without it ends the others.
 *
 * ONESTEP_MPI_LIBRARY names another library than the launcher's own.
 *
 * @throws MpiError that says what is missing: a launcher, the npm package koffi, or the MPI library
 */
export async function openMpi(): Promise<MpiCommunicator> {
  const launch = startedByLauncher();
  if (launch === null) {
    throw new MpiError('This process was not started by an MPI launcher. Start it with mpirun -n 2 node program.mjs.');
  }
  const library = await loadMpiLibrary(launch, process.env.ONESTEP_MPI_LIBRARY || undefined);
  const communicator = new MpiCommunicator(library, launch);
  // Processes that this one starts are no ranks.
  for (const name of RANK_VARIABLES) Reflect.deleteProperty(process.env, name);
  const { rank, host } = communicator;
  const hosts = await gatherJson(communicator, host);
  const here = hosts.flatMap((other, i) => (other === host ? [i] : []));
  communicator.localRank = launch.localRank ?? here.indexOf(rank);
  communicator.localSize = launch.localSize ?? here.length;
  return communicator;
}
