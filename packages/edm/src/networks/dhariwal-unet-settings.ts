/** Options of {@link DhariwalUNet}, with the published names and defaults. */
export interface DhariwalUNetSettings {
  modelType: 'DhariwalUNet';
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
  /** Resolutions with self-attention: one head per 64 channels, so that blocks with fewer channels have none. */
  attnResolutions: number[];
  /** Probability of dropping an activation in training. */
  dropout: number;
  /** Probability of dropping a label in training, for classifier-free guidance. */
  labelDropout: number;
  /**
   * Channels of an attention head. Left out, that of the published networks: 64.
   */
  channelsPerHead?: number;
}

/** `--arch=adm`: ADM (Dhariwal & Nichol 2021) for ImageNet-64, with the defaults of the published constructor. */
export const ADM: DhariwalUNetSettings = {
  modelType: 'DhariwalUNet',
  augmentDim: 0,
  modelChannels: 192,
  channelMult: [1, 2, 3, 4],
  channelMultEmb: 4,
  numBlocks: 3,
  attnResolutions: [32, 16, 8],
  dropout: 0.1,
  labelDropout: 0,
};
