import { describeInvalidLabels, type TrainingLabels } from '@onestep/diffusion-core';
import { UNET_DEFAULTS, type UNetSettings } from './networks/registry.js';
import { PRECONDITIONING_DEFAULTS, type PreconditioningSettings } from './preconditioning/registry.js';

/** Everything that determines a preconditioned network, except its weights. JSON. */
export interface NetworkSettings {
  /** Height and width of the images, in pixels. */
  imgResolution: number;
  /** Channels of the images: 1 for gray, 3 for RGB. */
  imgChannels: number;
  /** Length of a label vector; 0 if unconditional. */
  labelDim: number;
  /** Names of the classes, one per component of a label, where they are known. */
  classNames?: readonly string[];
  /** The labels that it was trained on: their kind, and what to draw labels from. Left out, unknown. */
  labels?: TrainingLabels;
  /**
   * Whether the UNet's blocks multiply in half precision on engines that have it (`use_fp16`). Left out, false. Weights are
   * float32 either way.
   */
  useFp16?: boolean;
  preconditioning: PreconditioningSettings;
  model: UNetSettings;
}

/** Network settings that state only the differences from the published defaults. */
export interface PartialNetworkSettings extends Partial<Omit<NetworkSettings, 'preconditioning' | 'model'>> {
  imgResolution: number;
  imgChannels: number;
  preconditioning?: { scheme: PreconditioningSettings['scheme'] } & Partial<PreconditioningSettings>;
  model: { modelType: UNetSettings['modelType'] } & Partial<UNetSettings>;
}

const CHOICES: Record<string, readonly string[]> = {
  embeddingType: ['positional', 'fourier'],
  encoderType: ['standard', 'skip', 'residual'],
  decoderType: ['standard', 'skip'],
  endTime: ['r', 't-r'],
};

/**
 * Completes settings with the published defaults and checks them. Settings from a file are checked like any other.
 *
 * @throws naming the setting, its value and what is expected
 */
export function completeNetworkSettings(settings: PartialNetworkSettings): NetworkSettings {
  const { imgResolution, imgChannels, labelDim = 0, classNames, labels, useFp16 = false } = settings;
  const { model, preconditioning = { scheme: 'edm' } } = settings;
  const complete = {
    imgResolution,
    imgChannels,
    labelDim,
    preconditioning: merge(
      'preconditioning.scheme',
      PRECONDITIONING_DEFAULTS,
      preconditioning?.scheme,
      preconditioning,
    ),
    model: merge('model.modelType', UNET_DEFAULTS, model?.modelType, model),
    ...(classNames === undefined ? {} : { classNames }),
    ...(labels === undefined ? {} : { labels }),
    ...(useFp16 ? { useFp16 } : {}),
  } as NetworkSettings;
  check('imgResolution', imgResolution, isCount(imgResolution, 1), 'a positive integer');
  check('imgChannels', imgChannels, isCount(imgChannels, 1), 'a positive integer');
  check('labelDim', labelDim, isCount(labelDim, 0), 'an integer from 0');
  check('useFp16', useFp16, typeof useFp16 === 'boolean', 'true or false');
  if (classNames !== undefined) checkClassNames(classNames, labelDim);
  const problem = labels === undefined ? null : describeInvalidLabels(labels, labelDim);
  if (problem !== null) throw new Error(`Network settings: labels ${problem}.`);
  checkResolution(complete);
  return complete;
}

/** Settings without a default, which files have only where they differ from the published networks. */
const OPTIONAL: Record<string, Record<string, unknown>> = {
  SongUNet: { channelsPerHead: 64, endTime: 'r' },
  DhariwalUNet: { channelsPerHead: 64 },
};

/** Fills in the defaults of the chosen kind. Every value must have the type of its default. */
function merge<K extends string>(name: string, defaults: Record<K, object>, kind: K, given: object): object {
  check(name, kind, Object.hasOwn(defaults, String(kind)), `one of ${Object.keys(defaults).join(', ')}`);
  const base = defaults[kind] as Record<string, unknown>;
  const optional = OPTIONAL[kind] ?? {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const isKnown = Object.hasOwn(base, name) || Object.hasOwn(optional, name);
    if (!isKnown) throw new Error(`Network settings: ${kind} has no setting ${name}.`);
    checkLike(name, value, base[name] ?? optional[name]);
  }
  return { ...base, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function checkLike(name: string, value: unknown, example: unknown): void {
  const isNumber = (v: unknown) => typeof v === 'number' && Number.isFinite(v) && v >= 0;
  if (Array.isArray(example)) {
    check(name, value, Array.isArray(value) && value.every(isNumber), 'a list of numbers');
  } else if (typeof example === 'number') {
    check(name, value, isNumber(value), 'a number from 0');
    if (name.toLowerCase().endsWith('dropout')) check(name, value, (value as number) < 1, 'below 1');
    if (/^(model|num|channelMult|augmentDim)/.test(name)) check(name, value, Number.isInteger(value), 'an integer');
    if (name === 'channelsPerHead') check(name, value, isCount(value, 1), 'a positive integer');
  } else if (CHOICES[name] !== undefined) {
    check(name, value, CHOICES[name].includes(String(value)), `one of ${CHOICES[name].join(', ')}`);
  }
}

function checkClassNames(names: unknown, labelDim: number): void {
  const areStrings = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (areStrings && names.length === labelDim) return;
  const found = areStrings ? `${names.length} of them` : 'something else';
  throw new Error(`Network settings: classNames must be ${labelDim} strings, one per class, not ${found}.`);
}

function checkResolution({ imgResolution, model: { channelMult, modelChannels } }: NetworkSettings): void {
  check(
    'channelMult',
    channelMult,
    channelMult.length > 0 && channelMult.every((m) => isCount(m, 1)),
    'positive integers',
  );
  check('modelChannels', modelChannels, isCount(modelChannels, 4) && modelChannels % 4 === 0, 'a multiple of 4');
  const factor = 2 ** (channelMult.length - 1);
  check(
    'imgResolution',
    imgResolution,
    imgResolution % factor === 0,
    `divisible by ${factor} for ${channelMult.length} levels`,
  );
}

function check(name: string, value: unknown, isValid: boolean, expected: string): void {
  const found = value === undefined ? 'and is missing' : `not ${JSON.stringify(value)}`;
  if (!isValid) throw new Error(`Network settings: ${name} must be ${expected}, ${found}.`);
}

function isCount(value: unknown, minimum: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= minimum;
}
