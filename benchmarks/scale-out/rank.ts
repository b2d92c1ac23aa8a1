/**
 * One of the processes of main.ts, `rank.ts SIZE STEPS`: trains a network of random images, and prints as rank 0 one line of JSON with the times of each
 * step and of its exchange, in milliseconds.
 */
import { startBackend } from '@onestep/backends';
import { ALONE, type Communicator } from '@onestep/diffusion-core';
import { EdmTrainingTask } from '@onestep/edm';
import { openMpi, startedByLauncher } from '@onestep/mpi';
import { RandomImages } from '../../test-support/given-data.js';
import { createNetwork } from '../train-step/network.js';
import { SIZES } from '../train-step/sizes.js';

const [name, steps] = [process.argv[2]!, Number(process.argv[3])];
const { network: size, batch } = SIZES[name]!;
const mpi = startedByLauncher() === null ? null : await openMpi();
const within: Communicator = mpi ?? ALONE;

let exchange = 0;
let bytes = 0;
/** Times the sums. The time that a process waits for a slower one is in it. */
const communicator: Communicator = {
  ...{ rank: within.rank, size: within.size, host: within.host },
  async sum(values) {
    const start = performance.now();
    await within.sum(values);
    exchange += performance.now() - start;
    bytes += values.byteLength;
  },
  broadcast: (sent) => within.broadcast(sent),
  gather: (sent) => within.gather(sent),
  barrier: () => within.barrier(),
};

await startBackend('ort');
const network = createNetwork(size);
const task = new EdmTrainingTask({
  ...{ network, batches: new RandomImages(network, batch), communicator },
  options: { batch, lr: 1e-4, lrWarmupKimg: 0 },
});
const WARM_UP = 4;
const times: { step: number; exchange: number }[] = [];
for (let i = 0; i < WARM_UP + steps; i++) {
  await within.barrier();
  exchange = 0;
  bytes = 0;
  const start = performance.now();
  await task.step(i * batch);
  if (i >= WARM_UP) times.push({ step: performance.now() - start, exchange });
}
if (within.rank === 0) console.log(JSON.stringify({ batch, bytes, times }));
await mpi?.close();
process.exit(0);
