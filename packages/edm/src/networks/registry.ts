import type { Rng } from '@onestep/random';
import { DHARIWAL_UNET_DEFAULTS, type DhariwalUNetSettings } from './dhariwal-unet-settings.js';
import { DhariwalUNet } from './dhariwal-unet.js';
import { SONG_UNET_DEFAULTS, type SongUNetSettings } from './song-unet-settings.js';
import { SongUNet } from './song-unet.js';
import type { UNet, UNetShape } from './unet.js';

/** Which UNet a network has, with its options. */
export type UNetSettings = SongUNetSettings | DhariwalUNetSettings;

/** The published constructor defaults, by model type. */
export const UNET_DEFAULTS = {
  SongUNet: SONG_UNET_DEFAULTS,
  DhariwalUNet: DHARIWAL_UNET_DEFAULTS,
} as const satisfies Record<UNetSettings['modelType'], UNetSettings>;

/** @param rng draws the initial weights; null leaves them zero, to be loaded */
export function createUNet(shape: UNetShape, settings: UNetSettings, rng: Rng | null): UNet {
  switch (settings.modelType) {
    case 'SongUNet':
      return new SongUNet(shape, settings, rng);
    case 'DhariwalUNet':
      return new DhariwalUNet(shape, settings, rng);
  }
}
