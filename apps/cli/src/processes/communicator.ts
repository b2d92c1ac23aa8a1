import { ALONE, type Communicator } from '@onestep/diffusion-core';

let current: Communicator = ALONE;

/** The processes that run this command together: those that an MPI launcher started, or this one alone. */
export function theCommunicator(): Communicator {
  return current;
}

/** Sets what {@link theCommunicator} returns. */
export function setCommunicator(communicator: Communicator): void {
  current = communicator;
}
