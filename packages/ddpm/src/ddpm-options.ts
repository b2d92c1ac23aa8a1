import type { RowOrder } from './state-dict/attention-rows.js';

/**
 * Settings of a network that the user states, because its files do not. Left out, they are assumed: see `readOpenAi`. For
 * diffusers, `imgResolution` and `timesteps` are used.
 */
export interface DdpmOptions {
  /** Height and width of the images, in pixels. */
  imgResolution?: number;
  /** Width of an attention head. */
  headChannels?: number;
  /** Number of attention heads, in place of their width. */
  numHeads?: number;
  /** Order of the output channels of `qkv`. */
  headOrder?: RowOrder;
  /** What the network is: a DDPM's, an EDM network, or a consistency function. */
  scheme?: 'ddpm' | 'edm' | 'consistency';
  /** The schedule of a DDPM. */
  noiseSchedule?: 'linear' | 'cosine';
  /** Number of steps of a DDPM. */
  steps?: number;
  /** Whether a DDPM's network predicts the clean image, not the noise. */
  predictsImage?: boolean;
  /** Whether a DDPM's time steps are scaled to 1000. */
  rescalesTimesteps?: boolean;
  /** Time steps at noise levels between two of a DDPM's schedule. */
  timesteps?: 'nearest' | 'interpolated';
  sigmaMin?: number;
  sigmaMax?: number;
  dropout?: number;
  useFp16?: boolean;
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  headOrder: ['by-head', 'by-kind'],
  scheme: ['ddpm', 'edm', 'consistency'],
  noiseSchedule: ['linear', 'cosine'],
  timesteps: ['nearest', 'interpolated'],
};
const COUNTS = ['imgResolution', 'headChannels', 'numHeads', 'steps'];

/**
 * Checks options that a user states.
 *
 * @throws RangeError naming the option, its value and what is expected
 */
export function checkDdpmOptions(options: DdpmOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const words = WORDS[name];
    const isValid =
      words?.includes(String(value)) ?? (!COUNTS.includes(name) || (Number.isSafeInteger(value) && value > 0));
    const expected = words === undefined ? 'a whole number above 0' : `one of ${words.join(', ')}`;
    if (!isValid) throw new RangeError(`${name} must be ${expected}, not ${JSON.stringify(value)}.`);
  }
  if (options.headChannels !== undefined && options.numHeads !== undefined) {
    throw new RangeError('headChannels and numHeads exclude each other: state one of them.');
  }
}
