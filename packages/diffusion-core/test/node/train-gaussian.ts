// A training process for the tests that kill one: `train-gaussian.ts FOLDER KIMG`.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { RunDirectory, runTraining } from '@onestep/diffusion-core/node';
import { GaussianTask } from './gaussian-task.js';

await tf.setBackend('cpu');
const [path, totalKimg] = [process.argv[2]!, Number(process.argv[3])];
const run = await RunDirectory.open({ path, options: { seed: 7 } });
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
await run.log('Training.');
process.stdout.write('started\n');
const result = await runTraining({
  task: new GaussianTask(),
  run,
  totalKimg,
  tickKimg: 1,
  snapshotTicks: 1,
  stateTicks: 1,
  signal: stop.signal,
});
await run.log(`Stopped at ${result.imagesSeen} images.`);
run.close();
process.stdout.write(`${JSON.stringify(result)}\n`);
