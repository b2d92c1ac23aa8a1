/**
 * Makes single pictures in one step on the ort backend, as a service does: seed, latents, network, bytes. A line with their number
 * in, one line of JSON out (milliseconds of each, the first picture). Writes its weights and the first latents for peer.py.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import '@onestep/tfjs-backend-ort';
import { generateImages, ImageStreams, NetworkGenerator, toUint8 } from '@onestep/diffusion-core';
import * as tf from '@tensorflow/tfjs-core';
import { createNetwork, startingWeights } from '../train-step/network.js';
import type { Size } from '../train-step/sizes.js';

/** Settings passed to all workers as JSON. */
export interface LatencySettings extends Size {
  /** Noise level of the latents. */
  init_sigma: number;
  threads: number;
  /** Folder for weights.f32 and draws.f32, which ours.ts writes and peer.py reads. */
  exchange: string;
}

const { network: size, init_sigma: initSigma, exchange } = JSON.parse(process.argv[2]!) as LatencySettings;
await tf.setBackend('ort');
await tf.ready();
const network = createNetwork(size);
const write = (name: string, values: Float32Array) =>
  appendFileSync(join(exchange, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
for await (const values of startingWeights(network)) write('weights.f32', values);
write('draws.f32', new ImageStreams([0]).normal(size.resolution ** 2 * size.channels));
const generator = new NetworkGenerator(network, initSigma);
console.log(JSON.stringify({ name: 'onestep, tfjs-backend-ort', parameters: network.parameterCount() }));

let seed = 0;
for await (const request of createInterface({ input: process.stdin })) {
  const times: number[] = [];
  let picture = new Uint8Array();
  for (let i = 0; i < Number(request); i++, seed++) {
    const start = performance.now();
    const classes = size.label_dim > 0 ? [seed % size.label_dim] : undefined;
    const pixels = toUint8(await generateImages({ generator, seeds: [seed], classes }));
    times.push(performance.now() - start);
    if (i === 0) picture = Uint8Array.from(pixels);
  }
  console.log(JSON.stringify({ ms: times.reduce((a, b) => a + b, 0) / times.length, values: [...picture], times }));
}
