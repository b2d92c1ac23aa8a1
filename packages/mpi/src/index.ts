export { startedByLauncher, type Launch } from './launcher.js';
export { MpiCommunicator } from './mpi-communicator.js';
export { MpiError } from './mpi-error.js';
export { openMpi } from './open-mpi.js';
