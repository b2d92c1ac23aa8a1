import type { DiscriminatorSettings, SynthesisGeneratorSettings } from './settings.js';

/** What `model.type` is in the settings of a file with a generator. */
export const GENERATOR_TYPE = 'stylegan2';
/** What `model.type` is in the settings of a file with a discriminator. */
export const DISCRIMINATOR_TYPE = 'stylegan2-discriminator';

/**
 * The settings of a generator's network as they stand in a file: what other packages read at the top, and what only this one
 * reads in `model`.
 */
export function networkSettings(settings: SynthesisGeneratorSettings): Record<string, unknown> {
  return splitSettings(GENERATOR_TYPE, settings);
}

/** The same for a discriminator. */
export function discriminatorFileSettings(settings: DiscriminatorSettings): Record<string, unknown> {
  return splitSettings(DISCRIMINATOR_TYPE, settings);
}

/** Joins what {@link networkSettings} and {@link discriminatorFileSettings} split; null for settings of another type. */
export function joinSettings(
  type: string,
  { model, ...shared }: Readonly<Record<string, unknown>>,
): Record<string, unknown> | null {
  const { type: found, ...rest } = Object(model) as Record<string, unknown>;
  return found === type ? { ...shared, ...rest } : null;
}

function splitSettings(
  type: string,
  settings: SynthesisGeneratorSettings | DiscriminatorSettings,
): Record<string, unknown> {
  const { imgResolution, imgChannels, labelDim, classNames, labels, ...model } = structuredClone(settings);
  return {
    imgResolution,
    imgChannels,
    labelDim,
    ...(classNames === undefined ? {} : { classNames }),
    ...(labels === undefined ? {} : { labels }),
    model: { type, ...model },
  };
}
