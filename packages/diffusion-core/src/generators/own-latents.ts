import { Rng } from '@onestep/random';
import type { DenoiserNetwork } from '../denoiser.js';
import type { Generator, TrainableGenerator } from '../generator.js';

/** The network of a file: a denoiser, or a generator with latents of its own. */
export type SavedNetwork = DenoiserNetwork | TrainableGenerator;

/** Whether the network of a file is a denoiser. */
export function isDenoiser(network: SavedNetwork): network is DenoiserNetwork {
  return 'denoise' in network;
}

/**
 * The network of a file as a denoiser.
 *
 * @throws RangeError if it is a generator with latents of its own
 */
export function requireDenoiser(network: SavedNetwork): DenoiserNetwork {
  if (isDenoiser(network)) return network;
  throw new RangeError('This network makes images from latents of its own, and is not a denoiser.');
}

/** Whether a generator's latents are something else than images of noise, as those of a GAN are. */
export function hasOwnLatents(generator: Generator): boolean {
  const { imgResolution: size, imgChannels } = generator;
  const { shape } = generator.sampleLatents(new Rng(0), 1);
  return shape.join() !== [1, size, size, imgChannels].join();
}
