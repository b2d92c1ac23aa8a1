import type { DdpmOptions } from '@onestep/ddpm';
import { readGeneratorRecord } from '@onestep/diffusion-core';

/**
 * Settings of a network that the user states, for files that do not. A file that states them itself has to agree.
 */
export interface StatedSettings {
  /** Preconditioning of an EDM network: `edm` unless stated. */
  precond?: 'edm' | 'vp' | 've' | 'iddpm';
  /** Standard deviation of the training data, for the preconditioning `edm`: 0.5 unless stated. */
  sigmaData?: number;
  /** Lowest and highest noise level, for the preconditioning `ve`: 0.02 and 100 unless stated. */
  sigmaRange?: readonly [number, number];
  /** Channels of an attention head: one head of all channels in DDPM++ and NCSN++, 64 in ADM, unless stated. */
  channelsPerHead?: number;
  /** Those of a network of diffusers, guided-diffusion or consistency_models. */
  ddpm?: DdpmOptions;
  /** Which of several networks in a file: the path of its state dict or of its names, such as `ema` or `generator.ema`. */
  networkKey?: string;
}

/** Options of everything that opens a network. */
export interface StatedSettingsOptions {
  /** Settings of the network that its file does not state. */
  settings?: StatedSettings;
  /** Whether the settings are stated for several files, so that some may have no effect on this one. Default: false. */
  sharesSettings?: boolean;
}

/**
 * Checks settings that the user states against those that a file states itself.
 *
 * @throws RangeError naming the setting that differs, and the file's value
 */
export function assertAgree(metadata: Readonly<Record<string, string>>, stated: StatedSettings, name: string): void {
  const { preconditioning, model } = readGeneratorRecord(metadata, name).settings as {
    preconditioning?: Constants;
    model?: { modelType?: string; channelsPerHead?: number };
  };
  const usualHeads = model?.modelType === 'DhariwalUNet' ? ADM_CHANNELS_PER_HEAD : undefined;
  const { scheme = 'edm', sigmaData, sigmaMin, sigmaMax } = preconditioning ?? {};
  const pairs: [keyof StatedSettings, unknown, unknown][] = [
    ['precond', stated.precond, scheme],
    ['sigmaData', stated.sigmaData, sigmaData],
    ['channelsPerHead', stated.channelsPerHead, model?.channelsPerHead ?? usualHeads],
    ['sigmaRange', stated.sigmaRange?.join(), [sigmaMin, sigmaMax].join()],
  ];
  for (const [setting, asked, actual] of pairs) {
    if (asked === undefined || asked === actual) continue;
    const has =
      actual === undefined || actual === ',' ? 'the file has no such setting' : `the file says ${String(actual)}`;
    throw new RangeError(`${name}: ${setting} ${String(asked)} contradicts the file: ${has}. Leave ${setting} out.`);
  }
}

const ADM_CHANNELS_PER_HEAD = 64;

type Constants = { scheme?: string; sigmaData?: number; sigmaMin?: number; sigmaMax?: number };
