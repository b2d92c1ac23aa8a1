import type { RowOrder } from './state-dict/attention-rows.js';

/**
 * Settings of a network that the user states, because its files do not. Left out, they are assumed: see `readOpenAi`. For
 * diffusers, `imgResolution` and `timesteps` are used.
 */
export interface DdpmOptions {
  /** Height and width of the images, in pixels. */
  imgResolution?: number;
  /** Width of an attention head. */
  headChannels?: number;
  /** Number of attention heads, in place of their width. */
  numHeads?: number;
  /** Order of the output channels of `qkv`. */
  headOrder?: RowOrder;
  /** What the network is: a DDPM's, an EDM network, or a consistency function. */
  scheme?: 'ddpm' | 'edm' | 'consistency';
  /** The schedule of a DDPM. */
  noiseSchedule?: 'linear' | 'cosine';
  /** Number of steps of a DDPM. */
  steps?: number;
  /** Whether a DDPM's network predicts the clean image, not the noise. */
  predictsImage?: boolean;
  /** Whether a DDPM's time steps are scaled to 1000. */
  rescalesTimesteps?: boolean;
  /** Time steps at noise levels between two of a DDPM's schedule. */
  timesteps?: 'nearest' | 'interpolated';
  sigmaMin?: number;
  sigmaMax?: number;
  dropout?: number;
  useFp16?: boolean;
}
