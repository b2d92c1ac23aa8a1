/** Rank 1 exits in the middle, while rank 0 waits for it. */
import { openMpi } from '@onestep/mpi';

const communicator = await openMpi();
if (communicator.rank === 1) process.exit(7);
await communicator.sum(new Float32Array(100_000));
console.log('not reached');
await communicator.close();
