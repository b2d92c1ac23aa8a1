import { encodeSafetensors } from '@onestep/checkpoint';
import { describeGenerator, networkMetadata, type TrainingLabels } from '@onestep/diffusion-core';
import { DDPMPP, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { GeneratorNetwork, saveGenerator, StyleGan2Generator } from '@onestep/stylegan2';

/** Channels and labels of a small network. */
export interface TinyNetwork {
  imgChannels: number;
  labelDim: number;
  classNames?: readonly string[];
  labels?: TrainingLabels;
  /** Makes it a one-step generator. */
  isGenerator?: boolean;
}

const SMALL = { modelChannels: 4, channelMult: [1, 1], numBlocks: 1, attnResolutions: [], dropout: 0 };

/** The file of an untrained network of 8x8 pictures. Needs an engine. */
export async function tinyNetwork({ isGenerator = false, ...kind }: TinyNetwork): Promise<Uint8Array> {
  const model = { ...DDPMPP, ...SMALL, labelDropout: kind.labels?.kind === 'captions' ? 0.1 : 0 };
  const network = new PreconditionedNetwork({ imgResolution: 8, ...kind, model }, new Rng(3));
  const tensors = await network.stateDict();
  // Initial weights of the label and of the last layers are too small to see.
  const rng = new Rng(4);
  for (const tensor of Object.values(tensors)) {
    const isSmall = Math.max(...Array.from(tensor.data as Float32Array, Math.abs)) < 1e-3;
    if (isSmall) tensor.data = rng.normal(tensor.data.length).map((value) => value / 3);
  }
  const settings = isGenerator ? describeGenerator(network.settings, { initSigma: 2.5 }) : network.settings;
  network.dispose();
  return encodeSafetensors({ tensors, metadata: networkMetadata(settings) });
}

/** The file of an untrained GAN of 8x8 gray pictures of two classes, whose layers add noise. Needs an engine. */
export async function tinyGan(): Promise<Uint8Array> {
  const network = new GeneratorNetwork(
    {
      imgResolution: 8,
      imgChannels: 1,
      labelDim: 2,
      classNames: ['cat', 'dog'],
      architecture: 'skip',
      channelBase: 32,
      channelMax: 8,
      convClamp: null,
      zDim: 8,
      wDim: 8,
      mapping: { numLayers: 1, lrMultiplier: 1, wAvgBeta: 0.995 },
      useNoise: true,
    },
    new Rng(3),
  );
  const contents = await saveGenerator(new StyleGan2Generator(network, { noise: 'random' }));
  // Training learns how much noise a layer adds, from none.
  for (const [name, { data }] of Object.entries(contents.tensors)) {
    if (name.endsWith('noise_strength')) (data as Float32Array).fill(0.5);
  }
  network.dispose();
  return encodeSafetensors(contents);
}
