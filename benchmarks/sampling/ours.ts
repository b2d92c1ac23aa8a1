/**
 * Samples a batch with the EDM sampler on the ort backend on request: one line in, one line of JSON out (milliseconds,
 * pixels). Writes its weights and latents for peer.py.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import '@onestep/tfjs-backend-ort';
import { ImageStreams, sampleImages } from '@onestep/diffusion-core';
import * as tf from '@tensorflow/tfjs-core';
import { createNetwork, startingWeights } from '../train-step/network.js';
import type { Size } from '../train-step/settings.js';

/** Settings passed to both workers as JSON. */
export interface SamplingSettings extends Size {
  /** Noise levels of the EDM sampler: 2 steps - 1 network evaluations. */
  steps: number;
  threads: number;
  /** Folder for weights.f32 and draws.f32, which ours.ts writes and peer.py reads. */
  exchange: string;
}

const { network: size, batch, steps, exchange } = JSON.parse(process.argv[2]!) as SamplingSettings;
await tf.setBackend('ort');
await tf.ready();
const denoiser = createNetwork(size);
const seeds = Array.from({ length: batch }, (_, i) => i);
// The classes in turn, as in peer.py.
const classes = size.label_dim > 0 ? seeds.map((seed) => seed % size.label_dim) : undefined;
const write = (name: string, values: Float32Array) =>
  appendFileSync(join(exchange, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
for await (const values of startingWeights(denoiser)) write('weights.f32', values);
write('draws.f32', new ImageStreams(seeds).normal(size.resolution ** 2 * size.channels));
console.log(JSON.stringify({ name: 'onestep, tfjs-backend-ort', parameters: denoiser.parameterCount() }));

for await (const _request of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const { images } = await sampleImages({ denoiser, seeds, classes, options: { steps } });
  const ms = performance.now() - start;
  console.log(JSON.stringify({ ms, values: [...images] }));
}
