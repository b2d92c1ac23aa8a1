import { encodeSafetensors } from '@onestep/checkpoint';
import { describeGenerator, networkMetadata, type TrainingLabels } from '@onestep/diffusion-core';
import { DDPMPP, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';

/** Channels and labels of a small network. */
export interface TinyNetwork {
  imgChannels: number;
  labelDim: number;
  classNames?: readonly string[];
  labels?: TrainingLabels;
  /** Makes it a one-step generator. */
  isGenerator?: boolean;
}

/** The file of an untrained network of 8x8 pictures. Needs an engine. */
export async function tinyNetwork({ isGenerator = false, ...kind }: TinyNetwork): Promise<Uint8Array> {
  const model = { ...DDPMPP, modelChannels: 4, channelMult: [1, 1], numBlocks: 1, attnResolutions: [], dropout: 0 };
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
