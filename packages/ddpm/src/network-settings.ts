import { describeInvalidLabels, type TrainingLabels } from '@onestep/diffusion-core';
import { LINEAR_SCHEDULE } from './schedule/beta-schedule.js';
import { PRECONDITIONING_DEFAULTS, type PreconditioningSettings } from './preconditioning/preconditioning.js';
import { UNET_2D_DEFAULTS, type UNet2DSettings } from './unet/unet-2d-settings.js';

/** Everything that determines a network, except its weights. JSON. */
export interface NetworkSettings {
  /** Height and width of the images, in pixels. */
  imgResolution: number;
  /** Channels of the images: 1 for gray, 3 for RGB. */
  imgChannels: number;
  /** Length of a label vector; 0 if unconditional. */
  labelDim: number;
  /** Names of the classes, one per component of a label, where they are known. */
  classNames?: readonly string[];
  /** The labels that it was trained on. Left out, classes that are all equally frequent. */
  labels?: TrainingLabels;
  /** Whether its blocks multiply in half precision on engines that have it. Left out, false. */
  useFp16?: boolean;
  preconditioning: PreconditioningSettings;
  model: UNet2DSettings;
}

/** Network settings that state only the differences from the defaults. */
export interface PartialNetworkSettings extends Partial<Omit<NetworkSettings, 'preconditioning' | 'model'>> {
  imgResolution: number;
  imgChannels: number;
  preconditioning?: { scheme: PreconditioningSettings['scheme'] } & Partial<PreconditioningSettings>;
  model: { modelType: UNet2DSettings['modelType'] } & Partial<UNet2DSettings>;
}

const CHOICES: Record<string, readonly unknown[]> = {
  downsample: ['conv', 'resnet'],
  upsample: ['conv', 'resnet'],
  kind: ['linear', 'scaled-linear', 'sigmoid', 'cosine', 'given'],
  predicts: ['noise', 'image', 'velocity'],
  timesteps: ['nearest', 'interpolated'],
};
/** Settings that are numbers of something, and the least of each. */
const COUNTS: Record<string, number> = {
  outChannels: 1,
  blockOutChannels: 1,
  layersPerBlock: 1,
  midAttentionGroups: 0,
  headChannels: 0,
  numHeads: 1,
  normGroups: 1,
  embeddingChannels: 1,
  sinusoidChannels: 2,
  steps: 2,
};

/**
 * Completes settings with the defaults and checks them. Settings from a file are checked like any other.
 *
 * @throws naming the setting, its value and what is expected
 */
export function completeNetworkSettings(settings: PartialNetworkSettings): NetworkSettings {
  const { imgResolution, imgChannels, labelDim = 0, classNames, labels, useFp16 = false } = settings;
  const { model, preconditioning } = settings;
  const scheme = preconditioning?.scheme ?? 'ddpm';
  check('preconditioning.scheme', scheme, Object.hasOwn(PRECONDITIONING_DEFAULTS, scheme), 'ddpm, edm or consistency');
  check('model.modelType', model?.modelType, model?.modelType === 'UNet2DModel', 'UNet2DModel');
  check('imgResolution', imgResolution, isCount(imgResolution, 1), 'a positive integer');
  check('imgChannels', imgChannels, isCount(imgChannels, 1), 'a positive integer');
  check('labelDim', labelDim, isCount(labelDim, 0), 'an integer from 0');
  check('useFp16', useFp16, typeof useFp16 === 'boolean', 'true or false');
  if (classNames !== undefined) checkClassNames(classNames, labelDim);
  const problem = labels === undefined ? null : describeInvalidLabels(labels, labelDim);
  if (problem !== null) throw new Error(`Network settings: labels ${problem}.`);
  const complete: NetworkSettings = {
    imgResolution,
    imgChannels,
    labelDim,
    preconditioning: merge(PRECONDITIONING_DEFAULTS[scheme], preconditioning ?? {}),
    model: merge(UNET_2D_DEFAULTS, { ...model }),
    ...(classNames === undefined ? {} : { classNames }),
    ...(labels === undefined ? {} : { labels }),
    ...(useFp16 ? { useFp16 } : {}),
  };
  checkLevels(complete);
  return complete;
}

/** Fills in defaults. Every value must have the type of its default. */
function merge<T extends object>(defaults: T, given: Partial<T>): T {
  const base = defaults as Record<string, unknown>;
  const result = { ...base };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(base, name)) throw new Error(`Network settings: there is no setting ${name}.`);
    if (value === undefined) continue;
    if (name === 'schedule') {
      check(name, value, typeof value === 'object' && value !== null && !Array.isArray(value), 'an object');
      result[name] = merge(LINEAR_SCHEDULE, value as object);
      continue;
    }
    const example = base[name];
    const values = Array.isArray(example) ? value : [value];
    check(name, value, Array.isArray(values), 'a list');
    for (const one of values as unknown[]) checkValue(name, one, Array.isArray(example) ? example[0] : example);
    result[name] = value;
  }
  return result as T;
}

function checkValue(name: string, value: unknown, example: unknown): void {
  if (CHOICES[name] !== undefined) {
    check(name, value, CHOICES[name].includes(value), `one of ${CHOICES[name].join(', ')}`);
  } else if (COUNTS[name] !== undefined) {
    check(name, value, isCount(value, COUNTS[name]), `an integer from ${COUNTS[name]}`);
  } else if (name === 'downsamplePadding') {
    check(name, value, value === 0 || value === 1, '0 or 1');
  } else if (name === 'dropout') {
    check(name, value, typeof value === 'number' && value >= 0 && value < 1, 'a number from 0, below 1');
  } else if (typeof example === 'boolean') {
    check(name, value, typeof value === 'boolean', 'true or false');
  } else if (typeof example === 'number' || name === 'betas') {
    check(name, value, typeof value === 'number' && Number.isFinite(value) && value >= 0, 'a number from 0');
  } else {
    check(name, value, value === example, JSON.stringify(example));
  }
}

function checkLevels({ imgResolution, imgChannels, model }: NetworkSettings): void {
  const { blockOutChannels, downAttention, upAttention, downsample, upsample, normGroups, outChannels } = model;
  const levels = blockOutChannels.length;
  check('blockOutChannels', blockOutChannels, levels > 0, 'a list of widths');
  for (const [name, list, length] of [
    ['downAttention', downAttention, levels],
    ['upAttention', upAttention, levels],
    ['downsample', downsample, levels - 1],
    ['upsample', upsample, levels - 1],
  ] as const) {
    check(name, list, list.length === length, `${length} values for ${levels} levels`);
  }
  const divides = blockOutChannels.every((width) => width % normGroups === 0 && width % 2 === 0);
  check('blockOutChannels', blockOutChannels, divides, `even, and divisible into ${normGroups} groups`);
  check('outChannels', outChannels, outChannels >= imgChannels, `at least ${imgChannels}, the image's channels`);
  const factor = 2 ** (levels - 1);
  check('imgResolution', imgResolution, imgResolution % factor === 0, `divisible by ${factor} for ${levels} levels`);
}

function checkClassNames(names: unknown, labelDim: number): void {
  const areStrings = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (areStrings && names.length === labelDim) return;
  throw new Error(`Network settings: classNames must be ${labelDim} strings, one per class.`);
}

function check(name: string, value: unknown, isValid: boolean, expected: string): void {
  if (!isValid)
    throw new Error(
      `Network settings: ${name} must be ${expected}, ${value === undefined ? 'and is missing' : `not ${JSON.stringify(value)}`}.`,
    );
}

function isCount(value: unknown, minimum: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= minimum;
}
