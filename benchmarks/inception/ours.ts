/**
 * Computes Inception features on the ort backend on request: one line in, one line of JSON out (milliseconds, features of
 * the first images). Writes its weights and images for peer.py.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import '@onestep/tfjs-backend-ort';
import { InceptionExtractor, InceptionNetwork } from '@onestep/metrics';
import { safetensorsToTorch } from '@onestep/checkpoint';
import { Rng } from '@onestep/random';
import { writeTorchFile } from '@onestep/checkpoint/node';
import * as tf from '@tensorflow/tfjs-core';
import { inceptionFormulaWeights } from '../../parity/checks/inception.js';

/** Settings passed to both workers as JSON. */
export interface InceptionSettings {
  /** Images per batch. */
  batch: number;
  /** Images per round. */
  images: number;
  /** Height and width of the images in pixels; both sides resize them to 299. */
  resolution: number;
  threads: number;
  /** Folder for the weights, weights.pth, and the images, images.u8 (NHWC), which ours.ts writes and peer.py reads. */
  exchange: string;
}

/** Number of images whose features are compared. */
const COMPARED = 4;

const { batch, images: count, resolution, exchange } = JSON.parse(process.argv[2]!) as InceptionSettings;
await tf.setBackend('ort');
await tf.ready();
const weights = inceptionFormulaWeights();
const images = Uint8Array.from(new Rng(0).integers(count * resolution ** 2 * 3, 256));
await writeTorchFile(join(exchange, 'weights.pth'), safetensorsToTorch({ tensors: weights, metadata: {} }));
writeFileSync(join(exchange, 'images.u8'), images);
const network = new InceptionNetwork(weights);
const extractor = new InceptionExtractor(network, { imgResolution: resolution, imgChannels: 3, batchSize: batch });
const parameters = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
console.log(JSON.stringify({ name: 'onestep, tfjs-backend-ort', parameters }));

for await (const _request of createInterface({ input: process.stdin })) {
  const start = performance.now();
  const { features } = await extractor.extract(images, count);
  const ms = performance.now() - start;
  console.log(JSON.stringify({ ms, values: [...features.subarray(0, COMPARED * extractor.featureDim)] }));
}
