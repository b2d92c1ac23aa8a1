import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web';
import { expect } from 'vitest';
import { encodeSafetensors } from '@onestep/checkpoint';
import { oneHot } from '@onestep/diffusion-core';
import { ADM, NCSNPP, PreconditionedNetwork, saveNetwork, type PartialNetworkSettings } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { relativeError } from '../../../../test-support/fixtures.js';
import { convertFile } from '../../src/node/index.js';

ort.env.wasm.numThreads = 1;

/** Runs a file in ONNX Runtime for browsers, which knows nothing of our engine. */
export async function runInWasm(path: string, inputs: Record<string, tf.Tensor>): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(await readFile(path), { executionProviders: ['wasm'] });
  const feeds = Object.entries(inputs).map(([name, tensor]) => [
    name,
    new ort.Tensor('float32', tensor.dataSync() as Float32Array, tensor.shape),
  ]);
  const results = await session.run(Object.fromEntries(feeds) as Record<string, ort.Tensor>);
  await session.release();
  return results[session.outputNames[0]!]!.data as Float32Array;
}

const ncsnpp = { ...NCSNPP, modelChannels: 4, channelMult: [1, 1], numBlocks: 1, attnResolutions: [4], dropout: 0 };
const adm = { ...ADM, modelChannels: 8, channelMult: [8], numBlocks: 1, attnResolutions: [8], dropout: 0 };
const image = { imgResolution: 8, imgChannels: 2 };
const DENOISERS = {
  VP: { ...image, preconditioning: { scheme: 'vp' }, model: ncsnpp },
  VE: { ...image, preconditioning: { scheme: 've' }, model: ncsnpp },
  iDDPM: { ...image, labelDim: 4, preconditioning: { scheme: 'iddpm' }, model: adm },
  EDM: { ...image, labelDim: 4, model: adm },
} as const satisfies Record<string, PartialNetworkSettings>;

/** Exports a diffusion model, and compares the file in a browser's engine with the network. */
export async function checkDenoiser(folder: string, name: keyof typeof DENOISERS): Promise<void> {
  const network = new PreconditionedNetwork(DENOISERS[name] as PartialNetworkSettings, new Rng(1));
  const [path, dest] = [join(folder, `${name}.safetensors`), join(folder, `${name}.onnx`)];
  await writeFile(path, encodeSafetensors(await saveNetwork(network)));
  await convertFile({ path, dest });
  const x = tf.randomNormal([3, 8, 8, 2], 0, 2, 'float32', 3) as tf.Tensor4D;
  const sigma = tf.tensor1d([0.1, 1, 9]);
  const labels = network.labelDim > 0 ? oneHot([3, 0, 1], 4) : undefined;
  const actual = await runInWasm(dest, { x, sigma, ...(labels && { labels }) });
  expect(relativeError(actual, network.denoise(x, sigma, { labels }).dataSync())).toBeLessThan(1e-5);
  network.dispose();
}
