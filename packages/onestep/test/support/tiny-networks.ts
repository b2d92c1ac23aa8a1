import { encodeSafetensors, type StateDict } from '@onestep/checkpoint';
import { describeGenerator, networkMetadata } from '@onestep/diffusion-core';
import { DDPMPP, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';

/** The settings of an untrained network that is evaluated in milliseconds. */
const MODEL = { ...DDPMPP, modelChannels: 4, channelMult: [1, 1], numBlocks: 1, attnResolutions: [], dropout: 0 };

/** What differs from a class-conditional diffusion model of 8x8 grayscale images. */
export interface TinyNetwork {
  labelDim?: number;
  classNames?: readonly string[];
  /** Makes it a one-step generator. */
  generator?: Record<string, unknown>;
  /** Further tensors of the file. */
  tensors?: Record<string, { shape: number[]; data: Float32Array }>;
}

/** The bytes of a network file. */
export async function tinyTeacher(options: TinyNetwork = {}): Promise<Uint8Array> {
  await startTestBackend();
  const { labelDim = 3, classNames, generator, tensors } = options;
  const settings = {
    imgResolution: 8,
    imgChannels: 1,
    labelDim,
    preconditioning: { scheme: 'edm' as const },
    model: MODEL,
  };
  const network = new PreconditionedNetwork(settings, new Rng(3));
  const named = classNames === undefined ? network.settings : { ...network.settings, classNames };
  const metadata = networkMetadata(generator === undefined ? named : describeGenerator(named, generator));
  const weights = withoutZeros(await network.stateDict());
  const bytes = encodeSafetensors({ tensors: { ...weights, ...tensors }, metadata });
  network.dispose();
  return bytes;
}

/** Weights in which small random numbers take the place of initial zeros, so that the label has an effect. */
function withoutZeros(weights: StateDict): StateDict {
  const rng = new Rng(4);
  const isZero = (data: ArrayLike<unknown>) => Array.from(data).every((value) => value === 0);
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      { shape, data: isZero(data) ? rng.normal(data.length).map((value) => value / 10) : data },
    ]),
  );
}
