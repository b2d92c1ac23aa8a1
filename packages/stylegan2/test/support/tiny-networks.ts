import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import {
  DiscriminatorNetwork,
  GeneratorNetwork,
  type DiscriminatorSettings,
  type SynthesisGeneratorSettings,
} from '../../src/index.js';

const BLOCKS = { imgResolution: 8, imgChannels: 1, labelDim: 0, channelBase: 64, channelMax: 8, convClamp: null };
const MAPPING = { numLayers: 2, lrMultiplier: 0.01, wAvgBeta: 0.995 };

/** A generator of 8 x 8 images, with the changes given, whose noise and biases are not 0. */
export function generatorOf(changes: Partial<SynthesisGeneratorSettings>, seed = 0): GeneratorNetwork {
  const own = { architecture: 'skip', zDim: 6, wDim: 5, mapping: MAPPING, useNoise: true } as const;
  const network = new GeneratorNetwork({ ...BLOCKS, ...own, ...changes }, new Rng(seed));
  // Zeros at the start of a training: biases and noise strengths should matter.
  for (const [name, { variable }] of network.namedParameters()) {
    if (/noise_strength$|bias$/.test(name)) tf.tidy(() => variable.assign(tf.add(variable, 0.5)));
  }
  return network;
}

/** A discriminator of 8 x 8 images, with the changes given. */
export function discriminatorOf(changes: Partial<DiscriminatorSettings>, seed = 0): DiscriminatorNetwork {
  const own = { architecture: 'resnet', mapping: MAPPING, mbstdGroupSize: 4, mbstdNumChannels: 1 } as const;
  return new DiscriminatorNetwork({ ...BLOCKS, ...own, ...changes }, new Rng(seed));
}
