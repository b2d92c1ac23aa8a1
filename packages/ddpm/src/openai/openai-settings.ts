import type { RowOrder } from '../state-dict/attention-rows.js';
import type { DdpmOptions } from '../ddpm-options.js';

/**
 * Reads settings in the words of the two projects' scripts (`num_head_channels`, `noise_schedule`, ...).
 *
 * @param json an object of settings; entries of other types are left alone
 * @returns null if it is not one
 */
export function readOpenAiSettings(json: unknown): DdpmOptions | null {
  if (typeof json !== 'object' || json === null || !('num_channels' in json) || !('num_res_blocks' in json))
    return null;
  const values = json as Record<string, unknown>;
  const number = (name: string) => (typeof values[name] === 'number' ? values[name] : undefined);
  const isTrue = (name: string) => (values[name] === undefined ? undefined : values[name] === true);
  const isCm = 'weight_schedule' in values || 'training_mode' in values;
  const [headChannels, heads, headsUp] = [
    number('num_head_channels'),
    number('num_heads'),
    number('num_heads_upsample'),
  ];
  const hasWidth = headChannels !== undefined && headChannels > 0;
  if (!hasWidth && headsUp !== undefined && headsUp > 0 && headsUp !== heads) {
    throw new Error(`num_heads_upsample ${headsUp} is not supported, only the value of num_heads`);
  }
  const schedule = values.noise_schedule;
  if (!isCm && schedule !== undefined && schedule !== 'linear' && schedule !== 'cosine') {
    throw new Error(`noise_schedule ${JSON.stringify(schedule)} is not supported, only linear and cosine`);
  }
  return dropUndefined<DdpmOptions>({
    imgResolution: number('image_size'),
    headChannels: hasWidth ? headChannels : undefined,
    numHeads: hasWidth ? undefined : heads,
    headOrder: isCm ? 'by-kind' : readHeadOrder(values.use_new_attention_order),
    scheme: isCm ? readScheme(values.training_mode) : 'ddpm',
    noiseSchedule: isCm ? undefined : (schedule as 'linear' | 'cosine' | undefined),
    steps: number('diffusion_steps'),
    predictsImage: isTrue('predict_xstart'),
    rescalesTimesteps: isTrue('rescale_timesteps'),
    sigmaMin: isCm ? number('sigma_min') : undefined,
    sigmaMax: isCm ? number('sigma_max') : undefined,
    dropout: number('dropout'),
    useFp16: isTrue('use_fp16'),
  });
}

function readHeadOrder(isNew: unknown): RowOrder | undefined {
  return isNew === true ? 'by-kind' : isNew === false ? 'by-head' : undefined;
}

/** What a training mode of consistency_models makes: a consistency function, or its teacher. */
function readScheme(mode: unknown): 'edm' | 'consistency' | undefined {
  if (mode === undefined) return undefined;
  return /^(consistency|progdist)/.test(String(mode)) ? 'consistency' : 'edm';
}

/** Leaves out entries that are undefined, so that they do not replace others. */
export function dropUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
