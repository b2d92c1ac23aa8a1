import type { Rng } from '@onestep/random';
import { ADM, type DhariwalUNetSettings } from './dhariwal-unet-settings.js';
import { DhariwalUNet } from './dhariwal-unet.js';
import { SONG_UNET_DEFAULTS, type SongUNetSettings } from './song-unet-settings.js';
import { SongUNet } from './song-unet.js';
import type { UNetShape } from './unet.js';

/** The UNet of a network, with its options. */
export type UNetSettings = SongUNetSettings | DhariwalUNetSettings;

/**
 * The defaults of the published constructors, by model type.
 *
 * @internal
 */
export const UNET_DEFAULTS = {
  SongUNet: SONG_UNET_DEFAULTS,
  DhariwalUNet: ADM,
} as const satisfies Record<UNetSettings['modelType'], UNetSettings>;

/**
 * Creates the UNet that settings describe.
 *
 * @param rng draws the initial weights; null leaves them zero, to be loaded
 * @throws if a block's channels cannot be split into attention heads
 * @internal
 */
export function createUNet(shape: UNetShape, settings: UNetSettings, rng: Rng | null): SongUNet | DhariwalUNet {
  switch (settings.modelType) {
    case 'SongUNet':
      return new SongUNet(shape, settings, rng);
    case 'DhariwalUNet':
      return new DhariwalUNet(shape, settings, rng);
  }
}
