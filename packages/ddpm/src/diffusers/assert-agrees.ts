import type { DdpmOptions } from '../ddpm-options.js';
import type { NetworkSettings } from '../network-settings.js';

/** Options whose value is in the files of diffusers, and is compared. */
const COMPARED = [
  'headChannels',
  'numHeads',
  'scheme',
  'noiseSchedule',
  'steps',
  'predictsImage',
  'rescalesTimesteps',
  'sigmaMin',
  'sigmaMax',
] as const satisfies readonly (keyof DdpmOptions)[];

/**
 * Checks options that the user states against what was read.
 *
 * @throws RangeError naming the option that differs, and the value that was read
 */
export function assertAgrees(settings: NetworkSettings, stated: DdpmOptions, source: string): void {
  const read = readOptions(settings);
  for (const option of COMPARED) {
    const value = stated[option];
    if (value === undefined || value === read[option]) continue;
    const has = read[option] === undefined ? 'they have no such setting' : `they say ${String(read[option])}`;
    throw new RangeError(
      `${source}: ${option} ${String(value)} contradicts the files of diffusers: ${has}. Leave ${option} out.`,
    );
  }
}

function readOptions({ model, preconditioning }: NetworkSettings): {
  readonly [Option in keyof DdpmOptions]?: unknown;
} {
  const { headChannels, numHeads } = model;
  const heads = headChannels === 0 ? { numHeads } : { headChannels };
  const { scheme } = preconditioning;
  if (scheme !== 'ddpm') return { ...heads, ...preconditioning };
  const { schedule, predicts, timeScale } = preconditioning;
  return {
    ...heads,
    scheme,
    noiseSchedule: schedule.kind,
    steps: schedule.steps,
    predictsImage: predicts === 'image',
    rescalesTimesteps: timeScale !== 1,
  };
}
