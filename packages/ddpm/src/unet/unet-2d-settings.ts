/**
 * Options of {@link UNet2D}: those of diffusers' `UNet2DModel` that decide what it computes, and `numHeads`
 * and `sinusoidChannels`, which guided-diffusion has in addition.
 */
export interface UNet2DSettings {
  modelType: 'UNet2DModel';
  /** Output channels; those beyond the image's are learned variances, which are unused. Default 3. */
  outChannels: number;
  /** Channels of each level. */
  blockOutChannels: number[];
  /** Residual blocks on the way down, for each level. */
  layersPerBlock: number;
  /** Whether each level, from the highest resolution to the lowest, has attention on the way down. */
  downAttention: boolean[];
  /** The same on the way up, from the lowest resolution to the highest. */
  upAttention: boolean[];
  /** How each level but the last halves the resolution: a convolution of stride 2, or a residual block that averages. */
  downsample: Resampler[];
  /** How each level but the last doubles the resolution, on the way up: repetition and a convolution, or a residual block. */
  upsample: Resampler[];
  /** Padding of the convolutions of stride 2: 1 on all sides, or 0, which pads the right and the bottom. */
  downsamplePadding: number;
  /** Whether there is a block at the lowest resolution, between the ways down and up. */
  midBlock: boolean;
  /** Whether that block has attention. */
  midAttention: boolean;
  /** Groups of the normalization before that attention; 0 for none. */
  midAttentionGroups: number;
  /** Divisor of the sums in that block. */
  midScale: number;
  /** Width of an attention head; 0 for a number of heads instead. */
  headChannels: number;
  /** Number of attention heads, where `headChannels` is 0. */
  numHeads: number;
  /** Groups of the normalizations. */
  normGroups: number;
  /** Added to the variances. */
  normEpsilon: number;
  /** Whether the embedding scales and shifts the normalized activations, or is added before the normalization. */
  scaleShift: boolean;
  /** Number of sinusoids of the time step. */
  sinusoidChannels: number;
  /** Width of the embedding. */
  embeddingChannels: number;
  /** Whether the cosines come first in the embedding of the time step. */
  cosineFirst: boolean;
  /** Subtracted from the number of frequencies in the exponent: with 1, the lowest frequency is 1 / 10000. */
  frequencyShift: number;
  /** Whether 2 x - 1 goes in, in place of x. */
  centerInput: boolean;
  /** Probability of dropping an activation in training. */
  dropout: number;
}

/** A change of resolution: by a convolution, or by a residual block. */
export type Resampler = 'conv' | 'resnet';

/** Fallbacks of settings that a file leaves out: the network of google/ddpm-cifar10-32. */
export const UNET_2D_DEFAULTS: UNet2DSettings = {
  modelType: 'UNet2DModel',
  outChannels: 3,
  blockOutChannels: [128, 256, 256, 256],
  layersPerBlock: 2,
  downAttention: [false, true, false, false],
  upAttention: [false, false, true, false],
  downsample: ['conv', 'conv', 'conv'],
  upsample: ['conv', 'conv', 'conv'],
  downsamplePadding: 0,
  midBlock: true,
  midAttention: true,
  midAttentionGroups: 32,
  midScale: 1,
  headChannels: 0,
  numHeads: 1,
  normGroups: 32,
  normEpsilon: 1e-6,
  scaleShift: false,
  sinusoidChannels: 128,
  embeddingChannels: 512,
  cosineFirst: false,
  frequencyShift: 1,
  centerInput: false,
  dropout: 0.1,
};
