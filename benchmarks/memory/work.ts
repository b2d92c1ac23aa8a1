/** One configuration in a process of its own: some steps, then the peak of its resident memory. */
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '@onestep/backends';
import { generateImages, NetworkGenerator, type ImageBatchSource } from '@onestep/diffusion-core';
import { EdmTrainingTask, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { METHODS } from 'onestep';
import { givenData } from '../../test-support/given-data.js';
import type { Configuration } from './configurations.js';

const STEPS = 2;

const { settings, work, batch, batchGpu, options, steps = STEPS } = JSON.parse(process.argv[2]!) as Configuration;
await startBackend('ort');
const network = new PreconditionedNetwork(settings, new Rng(1));
if (work === 'sample') {
  const generator = new NetworkGenerator(network, 2.5);
  for (let i = 0; i < STEPS; i++)
    await generateImages({ generator, seeds: Array.from({ length: batch }, (_, k) => k) });
} else {
  const task =
    work === 'train'
      ? edmTask()
      : findMethod(work).create({
          ...givenData(findMethod(work), network, batch),
          ...{ teacher: network, data: images(), options: { ...options, batch, batchGpu } },
        });
  // A method may wait for more than 0 images.
  for (let i = 0; i < steps; i++) await task.step(1 + i * batch);
}
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ peak, tensors: tf.memory().numBytes }));
process.exit(0);

function edmTask(): EdmTrainingTask {
  return new EdmTrainingTask({ network, batches: images(), options: { batch, batchGpu } });
}

/** The same images in every batch. */
function images(): ImageBatchSource {
  const { imgResolution, imgChannels } = network;
  const pixels = new Uint8Array(batch * imgResolution ** 2 * imgChannels).map((_, i) => i % 251);
  return {
    next: async () => ({ images: pixels, labels: null, count: batch }),
    state: () => ({}),
    restore: () => undefined,
  };
}

function findMethod(name: string) {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (method === undefined) throw new Error(`There is no method ${name}.`);
  return method;
}
