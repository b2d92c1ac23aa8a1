import type { BlockSettings } from '../settings.js';

/** Number of channels of the block of a resolution. */
export function channelsAt(
  resolution: number,
  { channelBase, channelMax }: Pick<BlockSettings, 'channelBase' | 'channelMax'>,
): number {
  return Math.min(Math.floor(channelBase / resolution), channelMax);
}

/** The resolutions from 4 up to that of the images. */
export function blockResolutions({ imgResolution }: Pick<BlockSettings, 'imgResolution'>): number[] {
  const resolutions: number[] = [];
  for (let resolution = 4; resolution <= imgResolution; resolution *= 2) resolutions.push(resolution);
  return resolutions;
}
