import { encodeSafetensors, type HostTensor, type StateDict } from '@onestep/checkpoint';
import { describeGenerator, networkMetadata, type TrainingLabels } from '@onestep/diffusion-core';
import { DDPMPP, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';

/** The settings of an untrained network that is evaluated in milliseconds. */
const MODEL = { ...DDPMPP, modelChannels: 4, channelMult: [1, 1], numBlocks: 1, attnResolutions: [], dropout: 0 };

/** What differs from a class-conditional diffusion model of 8x8 grayscale images. */
export interface TinyNetwork {
  labelDim?: number;
  classNames?: readonly string[];
  labels?: TrainingLabels;
  /** Makes it a one-step generator. */
  generator?: Record<string, unknown>;
  /** Further tensors of the file. */
  tensors?: Record<string, { shape: number[]; data: Float32Array }>;
}

/** The bytes of a network file. */
export async function tinyTeacher(options: TinyNetwork = {}): Promise<Uint8Array> {
  await startTestBackend();
  const { labelDim = 3, classNames, labels, generator, tensors } = options;
  const settings = {
    imgResolution: 8,
    imgChannels: 1,
    labelDim,
    preconditioning: { scheme: 'edm' as const },
    model: MODEL,
  };
  const network = new PreconditionedNetwork(settings, new Rng(3));
  const stated = { ...(classNames !== undefined && { classNames }), ...(labels !== undefined && { labels }) };
  const named = { ...network.settings, ...stated };
  const metadata = networkMetadata(generator === undefined ? named : describeGenerator(named, generator));
  const weights = enlargeWeights(await network.stateDict());
  const bytes = encodeSafetensors({ tensors: { ...weights, ...tensors }, metadata });
  network.dispose();
  return bytes;
}

/** Weights in which larger random numbers take the place of the smallest, so that the label has a visible effect. */
function enlargeWeights(weights: StateDict): StateDict {
  const rng = new Rng(4);
  const isSmall = (data: ArrayLike<number>) => Math.max(...Array.from(data, Math.abs)) < 1e-3;
  const enlarge = ({ shape, data }: HostTensor) => ({
    shape,
    data: isSmall(data as Float32Array) ? rng.normal(data.length).map((value) => value / 3) : data,
  });
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [name, enlarge(tensor)]));
}
