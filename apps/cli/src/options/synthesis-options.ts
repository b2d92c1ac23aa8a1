import { Option, type Command } from 'commander';
import { NOISE_MODES, type NoiseMode } from '@onestep/diffusion-core';
import { number } from './parsers.js';

/** Options of how a GAN makes images, with the published names. */
export interface SynthesisOptions {
  trunc?: number;
  noiseMode?: NoiseMode;
}

/** Adds {@link SynthesisOptions} to a command. @param usual the noise where the file does not say it */
export function addSynthesisOptions(command: Command, usual: string): Command {
  return command
    .option(
      '--trunc <psi>',
      'truncation psi of a GAN: below 1, more typical and less varied images (default: 1)',
      number(),
    )
    .addOption(noiseModeOption(`noise in the layers of a GAN (default: that of its file, else ${usual})`));
}

/** `--noise-mode` of a command. */
export function noiseModeOption(help: string): Option {
  return new Option('--noise-mode <mode>', help).choices(NOISE_MODES);
}

/** A message of the library about a generator's options, with their names as they are typed. */
export function nameSynthesisFlags(message: string): string {
  return message
    .replaceAll('`psi`', '--trunc')
    .replaceAll('`noise`', '--noise-mode')
    .replaceAll('`numpySeeds`', '--numpy-seeds')
    .replaceAll('`initSigma`', '--init-sigma')
    .replaceAll('`guidance`', '--guidance');
}
