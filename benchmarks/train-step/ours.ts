/**
 * The same network as peer.py on the ort backend, timed on request: one line in (`step` or `forward`), one line out
 * (milliseconds). The first lines out are its name and the number of parameters.
 */
import { createInterface } from 'node:readline';
import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import type { OrtBackend } from '@onestep/tfjs-backend-ort';
import { DDPMPP, EdmTrainingTask, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/nn';

const { batch, network: size } = JSON.parse(process.argv[2]!);
await tf.setBackend('ort');
await tf.ready();

const network = new PreconditionedNetwork(
  {
    imgResolution: size.resolution,
    imgChannels: size.channels,
    labelDim: size.label_dim,
    preconditioning: { scheme: 'edm' },
    model: {
      ...DDPMPP,
      modelChannels: size.model_channels,
      channelMult: size.channel_mult,
      numBlocks: size.num_blocks,
      attnResolutions: size.attn_resolutions,
      dropout: 0,
    },
  },
  new Rng(0),
);
const pixels = size.resolution ** 2 * size.channels;
const images = Uint8Array.from(new Rng(1).integers(batch * pixels, 256));
const labels = new Float32Array(batch * size.label_dim);
for (let i = 0; i < batch; i++) labels[i * size.label_dim + (i % size.label_dim)] = 1;
const batches = { next: async () => ({ images, labels, count: batch }), state: () => null, restore: () => undefined };
const task = new EdmTrainingTask({ network, batches, options: { batchSize: batch, learningRateRampKimg: 1 } });

const shape: [number, number, number, number] = [batch, size.resolution, size.resolution, size.channels];
const x = tf.tensor4d(new Rng(2).normal(batch * pixels), shape);
const conditions = size.label_dim > 0 ? { labels: tf.tensor2d(labels, [batch, size.label_dim]) } : {};
let imagesSeen = 1000;
const work: Record<string, () => Promise<unknown>> = {
  step: () => task.step((imagesSeen += batch)),
  forward: async () => {
    const output = tf.tidy(() => network.denoise(x, tf.ones([batch]), conditions));
    await output.data();
    output.dispose();
  },
};

console.log('onestep, tfjs-backend-ort');
console.log(network.parameterCount());
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  await work[line.trim()]!();
  console.log(performance.now() - start);
}
const { compiles, fallbacks } = (tf.backend() as OrtBackend).counters();
console.error(`compiles ${compiles}, fallbacks ${JSON.stringify(fallbacks)}`);
