import type { TrainingLabels } from '@onestep/diffusion-core';

/** How the layers of a block reach its image: `G` and `D` of Fig. 7, Karras et al. 2020. */
export type BlockArchitecture = 'orig' | 'skip' | 'resnet';

/** What the two networks of a GAN share. */
export interface BlockSettings {
  /** Height and width of the images: a power of two, 4 or more. */
  imgResolution: number;
  imgChannels: number;
  /** Length of a label; 0 for an unconditional network. */
  labelDim: number;
  /** Names of the classes in label order, of networks whose labels are classes. */
  classNames?: readonly string[];
  /** The labels of the training data; left out where nothing is known of them. */
  labels?: TrainingLabels;
  architecture: BlockArchitecture;
  /** Channels of a block are `min(channelBase / resolution, channelMax)`. */
  channelBase: number;
  channelMax: number;
  /** Limit of activations, before their layer's gain; null for none. */
  convClamp: number | null;
}

/** Settings of a mapping network. */
export interface MappingSettings {
  /** Number of dense layers. */
  numLayers: number;
  /** Length of the embedded label; left out, that of w. */
  embedFeatures?: number | null;
  /** Width of the layers between; left out, that of w. */
  layerFeatures?: number | null;
  /** Factor on learning rates: weights are stored divided by it. */
  lrMultiplier: number;
  /** Decay of the running average of w, for truncation. */
  wAvgBeta: number;
}

/** Settings from which a generator is built. JSON. */
export interface SynthesisGeneratorSettings extends BlockSettings {
  zDim: number;
  wDim: number;
  mapping: MappingSettings;
  /** Whether layers add noise. */
  useNoise: boolean;
}

/** Settings from which a discriminator is built. JSON. */
export interface DiscriminatorSettings extends BlockSettings {
  /** Length of the embedded label in the projection; left out, the channels of the last block. */
  cmapDim?: number | null;
  /** Settings of the label's mapping network. */
  mapping: MappingSettings;
  /** Images in a group of the minibatch statistics; null for the whole batch. */
  mbstdGroupSize: number | null;
  /** Channels of the minibatch statistics. */
  mbstdNumChannels: number;
}
