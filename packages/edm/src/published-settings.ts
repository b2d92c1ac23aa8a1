import type { PartialNetworkSettings } from './network-settings.js';
import type { PreconditioningSettings } from './preconditioning/registry.js';

/** The published wrapper classes, and the names of their schemes here. */
const SCHEMES: Record<string, PreconditioningSettings['scheme']> = {
  EDMPrecond: 'edm',
  VPPrecond: 'vp',
  VEPrecond: 've',
  iDDPMPrecond: 'iddpm',
  // Of ECT: EDM's wrapper, and a consistency function outside of training.
  ECMPrecond: 'edm',
};

/** The names here of the published preconditioning constants, where they are not just in camel case. */
const CONSTANTS: Record<string, string> = {
  beta_d: 'betaD',
  beta_min: 'betaMin',
  M: 'timesteps',
  C_1: 'c1',
  C_2: 'c2',
};

const WRAPPER_ARGUMENTS = ['img_resolution', 'img_channels', 'label_dim', 'use_fp16', 'model_type'];
const SCHEME_ARGUMENTS = ['sigma_data', 'sigma_min', 'sigma_max', 'beta_d', 'beta_min', 'M', 'epsilon_t', 'C_1', 'C_2'];

/** Whether a class of the published code is a wrapper whose networks this package has. */
export function isPublishedClass(className: string): boolean {
  return Object.hasOwn(SCHEMES, withoutModule(className));
}

/** The name of a class without that of its module: `EDMPrecond` for `training.networks.EDMPrecond`. */
export function withoutModule(className: string): string {
  return className.slice(className.lastIndexOf('.') + 1);
}

/** The preconditioning of a published wrapper class, or undefined. */
export function schemeOfClass(className: string): PreconditioningSettings['scheme'] | undefined {
  return isPublishedClass(className) ? SCHEMES[withoutModule(className)] : undefined;
}

/**
 * Converts the constructor arguments of a published network to settings.
 *
 * @param className `EDMPrecond`, `VPPrecond`, `VEPrecond`, `iDDPMPrecond` or `ECMPrecond`
 * @param args constructor arguments by name, such as `img_resolution`, including those of the UNet
 * @throws if the class is unknown
 */
export function settingsFromPublished(className: string, args: Record<string, unknown>): PartialNetworkSettings {
  const scheme = isPublishedClass(className) ? SCHEMES[withoutModule(className)] : undefined;
  if (scheme === undefined) {
    throw new Error(
      `${className} is not a known network class; the known ones are ${Object.keys(SCHEMES).join(', ')}.`,
    );
  }
  const constants: Record<string, unknown> = {};
  const model: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) {
    if (WRAPPER_ARGUMENTS.includes(name)) continue;
    // The EDM wrapper's noise-level range is always open, whatever its arguments say.
    if (SCHEME_ARGUMENTS.includes(name) && !usesConstant(scheme, name)) continue;
    (SCHEME_ARGUMENTS.includes(name) ? constants : model)[CONSTANTS[name] ?? camelCase(name)] = value;
  }
  const modelType = args.model_type ?? (scheme === 'vp' || scheme === 've' ? 'SongUNet' : 'DhariwalUNet');
  return {
    imgResolution: args.img_resolution,
    imgChannels: args.img_channels,
    labelDim: args.label_dim ?? 0,
    ...(args.use_fp16 === true ? { useFp16: true } : {}),
    preconditioning: { scheme, ...constants },
    model: { ...model, modelType },
  } as PartialNetworkSettings;
}

function usesConstant(scheme: PreconditioningSettings['scheme'], name: string): boolean {
  return !(scheme === 'edm' && (name === 'sigma_min' || name === 'sigma_max'));
}

/**
 * The published wrapper class of a scheme.
 *
 * @internal
 */
export function classOfScheme(scheme: PreconditioningSettings['scheme']): string {
  return Object.keys(SCHEMES).find((className) => SCHEMES[className] === scheme)!;
}

/**
 * The published name of a setting: `channelMultEmb` is `channel_mult_emb`.
 *
 * @internal
 */
export function publishedName(name: string): string {
  const constant = Object.keys(CONSTANTS).find((key) => CONSTANTS[key] === name);
  return constant ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `channel_mult_emb` to `channelMultEmb`. */
function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
