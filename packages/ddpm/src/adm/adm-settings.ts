import type { TrainingLabels } from '@onestep/diffusion-core';
import type { PartialNetworkSettings } from '../network-settings.js';
import type { UNet2DSettings } from '../unet/unet-2d-settings.js';

/** The settings of an EDM network of the type ADM (`DhariwalUNet`), as its files state them. */
export interface AdmSettings {
  imgResolution: number;
  imgChannels: number;
  labelDim: number;
  classNames?: readonly string[];
  labels?: TrainingLabels;
  useFp16?: boolean;
  preconditioning: { scheme: string; sigmaData?: number };
  model: {
    modelType: 'DhariwalUNet';
    augmentDim: number;
    modelChannels: number;
    channelMult: number[];
    channelMultEmb: number;
    numBlocks: number;
    attnResolutions: number[];
    dropout: number;
  };
}

/** Width of ADM's attention heads. */
const HEAD_CHANNELS = 64;
/** EDM normalizes in min(32, C / 4) groups: 32 from this width on, as guided-diffusion and consistency_models always do. */
const LEAST_WIDTH = 128;
const GROUPS = 32;

/** Whether settings are those of an ADM network of EDM. */
export function isAdmSettings(settings: Readonly<Record<string, unknown>>): boolean {
  return (Object(settings.model) as { modelType?: unknown }).modelType === 'DhariwalUNet';
}

/**
 * Describes an ADM network of EDM as a `UNet2DModel`.
 *
 * @throws Error naming what differs
 */
export function admToUNet2D(settings: AdmSettings): PartialNetworkSettings {
  const { model, preconditioning, imgResolution, imgChannels, labelDim, classNames, labels, useFp16 } = settings;
  const { modelChannels, channelMult, attnResolutions, numBlocks } = model;
  if (preconditioning.scheme !== 'edm') {
    throw new Error(`its preconditioning is ${preconditioning.scheme}, which no other project has, only edm`);
  }
  if (model.augmentDim > 0)
    throw new Error('it takes augmentation labels, which the networks of other projects do not');
  const widths = channelMult.map((mult) => mult * modelChannels);
  checkWidths(widths);
  const attention = widths.map((_, level) => attnResolutions.includes(imgResolution >> level));
  const resnets = widths.slice(1).map(() => 'resnet' as const);
  return {
    imgResolution,
    imgChannels,
    labelDim,
    classNames,
    labels,
    useFp16,
    preconditioning: { scheme: 'edm', sigmaData: preconditioning.sigmaData ?? 0.5, timeScale: 1 },
    model: {
      modelType: 'UNet2DModel',
      outChannels: imgChannels,
      blockOutChannels: widths,
      layersPerBlock: numBlocks,
      downAttention: attention,
      upAttention: [...attention].reverse(),
      downsample: resnets,
      upsample: resnets,
      downsamplePadding: 1,
      midBlock: true,
      midAttention: true,
      midAttentionGroups: GROUPS,
      midScale: 1,
      headChannels: HEAD_CHANNELS,
      numHeads: 1,
      normGroups: GROUPS,
      normEpsilon: 1e-5,
      scaleShift: true,
      sinusoidChannels: modelChannels,
      embeddingChannels: modelChannels * model.channelMultEmb,
      cosineFirst: true,
      frequencyShift: 0,
      centerInput: false,
      dropout: model.dropout,
    },
  };
}

/**
 * Checks that EDM's ADM can compute what a `UNet2DModel` does.
 *
 * @throws Error naming what differs
 */
export function assertIsAdm(model: UNet2DSettings): void {
  const { blockOutChannels, downAttention, upAttention } = model;
  const differs: [boolean, string][] = [
    [model.normGroups !== GROUPS || model.normEpsilon !== 1e-5, `GroupNorm with ${model.normGroups} groups`],
    [model.headChannels !== HEAD_CHANNELS, `attention heads that are not ${HEAD_CHANNELS} channels wide`],
    [!model.scaleShift, 'an embedding that is added in place of scale and shift'],
    [[...model.downsample, ...model.upsample].includes('conv'), 'convolutions that change the resolution'],
    [!model.midBlock || !model.midAttention || model.midAttentionGroups !== GROUPS, 'another block in the middle'],
    [model.midScale !== 1 || model.centerInput, 'scaled sums or inputs'],
    [!model.cosineFirst || model.frequencyShift !== 0, 'another embedding of the time step'],
    [downAttention.join() !== [...upAttention].reverse().join(), 'attention at other levels on the way up'],
    [model.embeddingChannels % model.sinusoidChannels !== 0, 'an embedding that is not a multiple of the base width'],
    [
      blockOutChannels.some((width) => width % model.sinusoidChannels !== 0),
      'widths that are not multiples of the base',
    ],
  ];
  const found = differs.find(([isSo]) => isSo);
  if (found !== undefined) throw new Error(`it has ${found[1]}, which EDM's ADM has not`);
  checkWidths(blockOutChannels);
}

function checkWidths(widths: readonly number[]): void {
  const narrow = widths.find((width) => width < LEAST_WIDTH);
  if (narrow !== undefined) {
    throw new Error(
      `it has blocks of ${narrow} channels: below ${LEAST_WIDTH}, EDM normalizes in ${Math.floor(narrow / 4)} groups and the ` +
        `networks of other projects in ${GROUPS}, so that they compute something else`,
    );
  }
  const odd = widths.find((width) => width % HEAD_CHANNELS !== 0);
  if (odd !== undefined) {
    throw new Error(`it has blocks of ${odd} channels, which are not attention heads of ${HEAD_CHANNELS}`);
  }
}
