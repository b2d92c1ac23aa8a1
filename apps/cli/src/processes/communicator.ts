import { ALONE, type Communicator } from '@onestep/diffusion-core';
import type { Launch } from '@onestep/mpi';

let current: Communicator = ALONE;
let launchedBy: Launch | null = null;

/** The processes that run this command together: those that an MPI launcher started, or this one alone. */
export function theCommunicator(): Communicator {
  return current;
}

/** What started this process with others; null for nothing. */
export function theLaunch(): Launch | null {
  return launchedBy;
}

/** Sets what {@link theCommunicator} and {@link theLaunch} return. */
export function setCommunicator(communicator: Communicator, launch: Launch | null = null): void {
  current = communicator;
  launchedBy = launch;
}
