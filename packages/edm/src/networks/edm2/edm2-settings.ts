import { describeInvalidLabels, type TrainingLabels } from '@onestep/diffusion-core';

/** Options of {@link Edm2UNet}, with the published names and defaults. */
export interface Edm2UNetSettings {
  modelType: 'EDM2UNet';
  /** Base number of channels. */
  modelChannels: number;
  /** Channels of each level, as multiples of modelChannels; level l has resolution R / 2^l. */
  channelMult: number[];
  /** Channels of the noise embedding, as a multiple of modelChannels; 0 for those of the first level. */
  channelMultNoise: number;
  /** Channels of the embedding, as a multiple of modelChannels; 0 for those of the widest level. */
  channelMultEmb: number;
  /** Residual blocks per level. */
  numBlocks: number;
  /** Resolutions with self-attention. */
  attnResolutions: number[];
  /** Width of an attention head. */
  channelsPerHead: number;
  /** Weight t of the labels in the embedding. */
  labelBalance: number;
  /** Weight t of the encoder's outputs in the decoder. */
  concatBalance: number;
  /** Weight t of the residual branch. */
  resBalance: number;
  /** Weight t of the attention. */
  attnBalance: number;
  /** Bound of a block's output; 0 for none. */
  clipAct: number;
  /** Probability of dropping an activation in training. */
  dropout: number;
}

/** The defaults of the published constructor: EDM2-S for ImageNet (Karras et al. 2024). */
export const EDM2_UNET_DEFAULTS: Edm2UNetSettings = {
  modelType: 'EDM2UNet',
  modelChannels: 192,
  channelMult: [1, 2, 3, 4],
  channelMultNoise: 0,
  channelMultEmb: 0,
  numBlocks: 3,
  attnResolutions: [16, 8],
  channelsPerHead: 64,
  labelBalance: 0.5,
  concatBalance: 0.5,
  resBalance: 0.3,
  attnBalance: 0.3,
  clipAct: 256,
  dropout: 0,
};

/** Everything that determines an EDM2 network, except its weights. JSON. */
export interface Edm2Settings {
  /** Height and width of the images, in pixels. */
  imgResolution: number;
  /** Channels of the images: 1 for gray, 3 for RGB. */
  imgChannels: number;
  /** Length of a label vector; 0 if unconditional. */
  labelDim: number;
  /** Names of the classes, one per component of a label, where they are known. */
  classNames?: readonly string[];
  /** The labels that it was trained on. Left out, unknown. */
  labels?: TrainingLabels;
  /** Whether its blocks multiply in half precision on engines that have it. Left out, false. */
  useFp16?: boolean;
  /** Standard deviation of the data. */
  sigmaData: number;
  /** Channels of the uncertainty's embedding, which only training from images uses. */
  logvarChannels: number;
  model: Edm2UNetSettings;
}

/** EDM2 settings that state only the differences from the published defaults. */
export interface PartialEdm2Settings extends Partial<Omit<Edm2Settings, 'model'>> {
  imgResolution: number;
  imgChannels: number;
  model: { modelType: 'EDM2UNet' } & Partial<Edm2UNetSettings>;
}

/** Whether settings are those of an EDM2 network. */
export function isEdm2Settings(settings: Readonly<Record<string, unknown>>): boolean {
  return (Object(settings.model) as { modelType?: unknown }).modelType === 'EDM2UNet';
}

/** Settings that count something, and the least of each. */
const COUNTS: Record<string, number> = {
  imgResolution: 1,
  imgChannels: 1,
  labelDim: 0,
  logvarChannels: 1,
  modelChannels: 1,
  channelMult: 1,
  channelMultNoise: 0,
  channelMultEmb: 0,
  numBlocks: 1,
  channelsPerHead: 1,
};

/**
 * Completes settings with the published defaults and checks them. Settings from a file are checked like any other.
 *
 * @throws naming the setting, its value and what is expected
 */
export function completeEdm2Settings(settings: PartialEdm2Settings): Edm2Settings {
  const { imgResolution, imgChannels, labelDim = 0, sigmaData = 0.5, logvarChannels = 128, ...rest } = settings;
  const { useFp16 = false, classNames, labels } = rest;
  for (const [name, value] of Object.entries({ imgResolution, imgChannels, labelDim, sigmaData, logvarChannels })) {
    checkNumber(name, value);
  }
  if (typeof useFp16 !== 'boolean') refuse('useFp16', useFp16, 'true or false');
  if (classNames !== undefined && !(Array.isArray(classNames) && classNames.length === labelDim)) {
    refuse('classNames', classNames, `${labelDim} strings, one per class`);
  }
  const problem = labels === undefined ? null : describeInvalidLabels(labels, labelDim);
  if (problem !== null) throw new Error(`Network settings: labels ${problem}.`);
  const model = completeModel(settings.model);
  const factor = 2 ** (model.channelMult.length - 1);
  if (imgResolution % factor !== 0) refuse('imgResolution', imgResolution, `divisible by ${factor}`);
  return {
    imgResolution,
    imgChannels,
    labelDim,
    sigmaData,
    logvarChannels,
    model,
    ...(classNames === undefined ? {} : { classNames }),
    ...(labels === undefined ? {} : { labels }),
    ...(useFp16 ? { useFp16 } : {}),
  };
}

function completeModel(given: PartialEdm2Settings['model']): Edm2UNetSettings {
  const base = EDM2_UNET_DEFAULTS as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(Object(given) as object)) {
    if (!Object.hasOwn(base, name)) throw new Error(`Network settings: EDM2UNet has no setting ${name}.`);
    const isList = Array.isArray(base[name]);
    if (isList && !Array.isArray(value)) refuse(name, value, 'a list of numbers');
    if (name === 'modelType' || value === undefined) continue;
    for (const one of isList ? (value as unknown[]) : [value]) checkNumber(name, one);
  }
  const stated = Object.entries(Object(given) as object).filter(([, value]) => value !== undefined);
  const model = { ...EDM2_UNET_DEFAULTS, ...Object.fromEntries(stated) } as Edm2UNetSettings;
  if (model.modelType !== 'EDM2UNet') refuse('modelType', model.modelType, 'EDM2UNet');
  if (model.channelMult.length === 0) refuse('channelMult', [], 'a list of numbers');
  return model;
}

function checkNumber(name: string, value: unknown): void {
  const least = COUNTS[name];
  if (least !== undefined) {
    if (!Number.isSafeInteger(value) || (value as number) < least) refuse(name, value, `an integer from ${least}`);
    return;
  }
  const isShare = name === 'dropout' || name.endsWith('Balance');
  const isValid = typeof value === 'number' && value >= 0 && value < Infinity && !(isShare && value >= 1);
  if (!isValid) refuse(name, value, isShare ? 'a number from 0, below 1' : 'a number from 0');
}

function refuse(name: string, value: unknown, expected: string): never {
  throw new Error(
    `Network settings: ${name} must be ${expected}, ${value === undefined ? 'and is missing' : `not ${JSON.stringify(value)}`}.`,
  );
}
