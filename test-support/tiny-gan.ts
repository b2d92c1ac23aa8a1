import * as tf from '@tensorflow/tfjs-core';
import { encodeSafetensors } from '@onestep/checkpoint';
import { Rng } from '@onestep/random';
import { GeneratorNetwork, saveGenerator, StyleGan2Generator } from '@onestep/stylegan2';
import { startTestBackend } from './backend.js';

/** The file of an untrained StyleGAN2 for grayscale images, which is evaluated in milliseconds. */
export async function tinyGan(imgResolution = 8, labelDim = 0): Promise<Uint8Array> {
  await startTestBackend();
  const settings = {
    ...{ imgResolution, imgChannels: 1, labelDim, zDim: 8, wDim: 8, useNoise: true, convClamp: null },
    ...{ architecture: 'skip' as const, channelBase: 64, channelMax: 4 },
    mapping: { numLayers: 2, lrMultiplier: 0.01, wAvgBeta: 0.995 },
  };
  const network = new GeneratorNetwork(settings, new Rng(1));
  // Noise acts in trained networks, and starts without effect.
  for (const [name, { variable }] of network.namedLeaves()) {
    if (name.endsWith('noise_strength')) tf.tidy(() => variable.assign(tf.scalar(0.2)));
  }
  const bytes = encodeSafetensors(await saveGenerator(new StyleGan2Generator(network)));
  network.dispose();
  return bytes;
}
