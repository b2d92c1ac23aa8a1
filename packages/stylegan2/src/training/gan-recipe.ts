import {
  AUGMENTATION_PRESETS,
  type AugmentationMultipliers,
  type AugmentationPreset,
} from '../augmentation/multipliers.js';
import type { DiscriminatorSettings, MappingSettings, SynthesisGeneratorSettings } from '../settings.js';
import { GAN_PRESETS, type GanPreset, type GanPresetName } from './gan-presets.js';
import type { GanTrainingOptions } from './gan-training-options.js';

/** What the options of a training choose; left out, what the preset says. */
export interface GanChoices {
  cfg: GanPresetName;
  /** Weight of R1. */
  gamma?: number;
  /** Images per iteration. */
  batch?: number;
  /** Length of the training, in thousands of images. */
  kimg?: number;
  /** Learning rate of both networks. */
  lr?: number;
  /** Whether the augmentation probability adapts, is fixed, or there is no augmentation. */
  aug?: 'noaug' | 'ada' | 'fixed';
  /** The fixed augmentation probability. */
  p?: number;
  /** What the adaptive one aims at; left out, 0.6. */
  target?: number;
  /** The transforms; left out, `bgc`. */
  augpipe?: AugmentationPreset;
  /** Whether the training starts from networks that were trained before. */
  isContinued?: boolean;
  /** Number of the discriminator's first layers that are not trained; left out, 0. */
  freezed?: number;
  /** Whether activations are not clamped. */
  fp32?: boolean;
}

/** The images that are learned, and the processes that learn them. */
export interface GanData {
  resolution: number;
  channels: number;
  /** Length of a label; 0 for an unconditional network. */
  labelDim: number;
  processes: number;
}

/** A training as a whole. */
export interface GanRecipe {
  generator: SynthesisGeneratorSettings;
  discriminator: DiscriminatorSettings;
  training: Omit<GanTrainingOptions, 'seed'>;
  /** The transforms of what the discriminator sees; null for none. */
  augmentation: Partial<AugmentationMultipliers> | null;
  /** Length of the training, in thousands of images. */
  kimg: number;
}

/** Limit of activations, which keeps half precision from overflowing. */
const CONV_CLAMP = 256;
const ADA_TARGET = 0.6;

/**
 * Settles a training from a preset and what was chosen in addition.
 *
 * @throws RangeError if a batch cannot be shared, or the augmentation's options contradict each other
 */
export function ganRecipe(choices: GanChoices, { resolution, channels, labelDim, processes }: GanData): GanRecipe {
  const preset = withBatch(GAN_PRESETS[choices.cfg]({ resolution, processes }), choices.batch, processes);
  checkResolution(resolution, choices.cfg, preset);
  checkBatch(preset, processes);
  const { latentDim, channelBase, channelMax } = preset;
  const mapping: MappingSettings = { numLayers: 8, lrMultiplier: 0.01, wAvgBeta: 0.995 };
  const convClamp = choices.fp32 === true ? null : CONV_CLAMP;
  const blocks = { imgResolution: resolution, imgChannels: channels, labelDim, channelBase, channelMax, convClamp };
  return {
    generator: {
      ...blocks,
      architecture: 'skip',
      zDim: latentDim,
      wDim: latentDim,
      mapping: { ...mapping, numLayers: preset.mappingLayers },
      useNoise: true,
    },
    discriminator: {
      ...blocks,
      architecture: preset.discriminator,
      // The published presets choose the layers of the generator's mapping network alone.
      mapping,
      mbstdGroupSize: preset.mbstdGroupSize,
      mbstdNumChannels: 1,
    },
    ...augmentedTraining(preset, choices),
    kimg: choices.kimg ?? preset.kimg,
  };
}

/** @throws RangeError if the discriminator has no block for the images, or one without channels */
function checkResolution(resolution: number, cfg: GanPresetName, { channelBase }: GanPreset): void {
  const images = `The images of \`data\` have ${resolution}x${resolution} pixels`;
  if (resolution < 8 || !Number.isInteger(Math.log2(resolution))) {
    throw new RangeError(
      `${images}: StyleGAN2 is for sides of 8, 16, 32, ... pixels. Convert them again to one of these.`,
    );
  }
  if (channelBase >= resolution) return;
  throw new RangeError(
    `${images}, and \`cfg\` ${cfg} is for at most ${channelBase}x${channelBase}: choose \`cfg\` auto.`,
  );
}

/** A batch that is chosen is shared by the processes, whatever the preset says of the images at once. */
function withBatch(preset: GanPreset, batch: number | undefined, processes: number): GanPreset {
  if (batch === undefined) return preset;
  if (batch % processes !== 0) {
    throw new RangeError(
      `A batch of ${batch} images cannot be shared by ${processes} processes: choose a multiple of ${processes} for \`batch\`.`,
    );
  }
  return { ...preset, batch, batchGpu: batch / processes };
}

/** @throws RangeError if the processes cannot share the batch, or its parts have no groups for the minibatch statistics */
function checkBatch({ batch, batchGpu, mbstdGroupSize }: GanPreset, processes: number): void {
  const parts = `${batch} images, ${batchGpu} at once,`;
  if (batch % (batchGpu * processes) !== 0) {
    throw new RangeError(`A batch of ${parts} cannot be shared by ${processes} processes: give \`batch\`.`);
  }
  const group = Math.min(mbstdGroupSize, batchGpu);
  if (batchGpu % group === 0) return;
  throw new RangeError(
    `A batch of ${parts} has no groups of ${group} for the minibatch statistics: choose a multiple of ${group * processes} for \`batch\`.`,
  );
}

function trainingOptions(preset: GanPreset, { gamma, lr = preset.lr, isContinued = false }: GanChoices) {
  const { batch, batchGpu, plWeight, styleMixingProb, emaKimg, emaRampUp } = preset;
  return {
    ...{ batch, batchGpu, glr: lr, dlr: lr, beta1: 0, beta2: 0.99, gRegInterval: 4, dRegInterval: 16 },
    ...{ r1Gamma: gamma ?? preset.gamma, plWeight, plDecay: 0.01, plBatchShrink: 2, styleMixingProb },
    emaHalfLifeKimg: emaKimg,
    // Weights that were trained before are worth averaging from the start.
    emaRampUpRatio: isContinued ? null : emaRampUp,
  };
}

/** @throws RangeError if they contradict each other */
function augmentedTraining(preset: GanPreset, choices: GanChoices): Pick<GanRecipe, 'training' | 'augmentation'> {
  const { aug = preset.aug, p, target, augpipe = 'bgc', isContinued = false } = choices;
  const refuse = (name: string, needed: string) => {
    throw new RangeError(
      `\`${name}\` has no effect with \`aug\` ${aug}: choose \`aug\` ${needed}, or leave \`${name}\` out.`,
    );
  };
  if (p !== undefined && aug !== 'fixed') refuse('p', 'fixed');
  if (target !== undefined && aug !== 'ada') refuse('target', 'ada');
  if (choices.augpipe !== undefined && aug === 'noaug') refuse('augpipe', 'ada or fixed');
  if (aug === 'fixed' && p === undefined)
    throw new RangeError('`aug` fixed needs an augmentation probability: give `p`.');
  const isAugmented = aug === 'ada' || (p !== undefined && p > 0);
  return {
    training: {
      ...trainingOptions(preset, choices),
      augmentP: p ?? 0,
      adaTarget: aug === 'ada' ? (target ?? ADA_TARGET) : null,
      adaInterval: 4,
      adaKimg: isContinued ? 100 : 500,
      freezeLayers: choices.freezed ?? 0,
    },
    augmentation: isAugmented ? AUGMENTATION_PRESETS[augpipe] : null,
  };
}
