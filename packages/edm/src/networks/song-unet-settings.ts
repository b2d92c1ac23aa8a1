import type { EndTime } from '@onestep/diffusion-core';

/** Options of {@link SongUNet}, with the published names and defaults. */
export interface SongUNetSettings {
  modelType: 'SongUNet';
  /** Length of an augmentation label; 0 for none. */
  augmentDim: number;
  /** Base number of channels. */
  modelChannels: number;
  /** Channels of each level, as multiples of modelChannels; level l has resolution R / 2^l. */
  channelMult: number[];
  /** Channels of the embedding, as a multiple of modelChannels. */
  channelMultEmb: number;
  /** Residual blocks per level. */
  numBlocks: number;
  /** Resolutions with self-attention. */
  attnResolutions: number[];
  /** Probability of dropping an activation in training. */
  dropout: number;
  /** Probability of dropping a label in training, for classifier-free guidance. */
  labelDropout: number;
  /** Embedding of the noise level: positional (DDPM++) or fourier (NCSN++). */
  embeddingType: 'positional' | 'fourier';
  /** Channels of the noise-level embedding, as a multiple of modelChannels: 1 (DDPM++) or 2 (NCSN++). */
  channelMultNoise: number;
  /** Side path of the encoder: none (standard, DDPM++), or that of NCSN++ (residual). */
  encoderType: 'standard' | 'skip' | 'residual';
  /** Side path of the decoder: none (standard), or one output per level (skip). */
  decoderType: 'standard' | 'skip';
  /** Filter of the resampling: [1, 1] (DDPM++) or [1, 3, 3, 1] (NCSN++). */
  resampleFilter: number[];
  /**
   * Channels of an attention head. Left out, that of the published networks: one head of all channels.
   */
  channelsPerHead?: number;
  /**
   * The second time that the network takes: the end of a step or its length (`r_timestep`). Left out, it takes one time. The embedding
   * of the second time stands after that of the first, so that the embedding is twice as long.
   */
  endTime?: EndTime;
}

/** Numbers that the times, the labels and the augmentation labels become before the first layer of the embedding. */
export function noiseChannels({ modelChannels, channelMultNoise, endTime }: SongUNetSettings): number {
  return modelChannels * channelMultNoise * (endTime === undefined ? 1 : 2);
}

/**
 * The defaults of the published network's constructor.
 *
 * @internal
 */
export const SONG_UNET_DEFAULTS: SongUNetSettings = {
  modelType: 'SongUNet',
  augmentDim: 0,
  modelChannels: 128,
  channelMult: [1, 2, 2, 2],
  channelMultEmb: 4,
  numBlocks: 4,
  attnResolutions: [16],
  dropout: 0.1,
  labelDropout: 0,
  embeddingType: 'positional',
  channelMultNoise: 1,
  encoderType: 'standard',
  decoderType: 'standard',
  resampleFilter: [1, 1],
};

/** `--arch=ddpmpp`: DDPM++ (Song et al. 2021), as configured for CIFAR-10 by Karras et al. 2022, Table 7. */
export const DDPMPP: SongUNetSettings = { ...SONG_UNET_DEFAULTS, channelMult: [2, 2, 2], dropout: 0.13 };

/** `--arch=ncsnpp`: NCSN++ (Song et al. 2021), as configured for CIFAR-10 by Karras et al. 2022, Table 7. */
export const NCSNPP: SongUNetSettings = {
  ...DDPMPP,
  embeddingType: 'fourier',
  channelMultNoise: 2,
  encoderType: 'residual',
  resampleFilter: [1, 3, 3, 1],
};
