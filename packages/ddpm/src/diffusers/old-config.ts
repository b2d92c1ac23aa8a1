import { NotSupported, readCount, readList, type Config } from './config-values.js';

/** Keys of the first published configurations, and what they are called now. */
const RENAMED: Readonly<Record<string, string>> = {
  image_size: 'sample_size',
  num_res_blocks: 'layers_per_block',
  block_channels: 'block_out_channels',
  down_blocks: 'down_block_types',
  up_blocks: 'up_block_types',
  downscale_freq_shift: 'freq_shift',
  resnet_num_groups: 'norm_num_groups',
  resnet_act_fn: 'act_fn',
  resnet_eps: 'norm_eps',
  num_head_channels: 'attention_head_dim',
};

/**
 * Translates the configurations of diffusers' first versions: classes `UNetModel` (`ch`, `ch_mult`, `attn_resolutions`) and
 * `UNetUnconditionalModel` (other names for the same). Any other is returned as it is.
 */
export function modernizeConfig(config: Config): Config {
  if (config._class_name === 'UNetModel' || (config._class_name === undefined && config.ch !== undefined)) {
    return fromMultiples(config);
  }
  const isOld = config._class_name === 'UNetUnconditionalModel' || Object.hasOwn(config, 'down_blocks');
  if (!isOld) return config;
  const entries = Object.entries(config).map(([key, value]) => [RENAMED[key] ?? key, value] as const);
  const modern: Record<string, unknown> = { ...Object.fromEntries(entries), _class_name: 'UNet2DModel' };
  for (const key of ['down_block_types', 'up_block_types']) {
    const types = readList(modern, key, 'string');
    modern[key] = types.map((type) => type.replace(/^UNetRes/, ''));
  }
  return modern;
}

/** The class `UNetModel`: the network of Ho et al. 2020 in their own words. */
function fromMultiples(config: Config): Config {
  const base = readCount(config, 'ch', 128);
  const multiples = readList(config, 'ch_mult', 'number');
  const resolution = readCount(config, 'resolution', config.image_size as number | undefined);
  const given = config.attn_resolutions;
  const isNone = Array.isArray(given) && given.length === 0;
  const attention = new Set(isNone ? [] : readList(config, 'attn_resolutions', 'number'));
  if (config.resamp_with_conv === false) {
    throw new NotSupported('resamp_with_conv false is not supported: the resolution has to change by convolutions');
  }
  const attends = multiples.map((_, level) => attention.has(resolution >> level));
  return {
    _class_name: 'UNet2DModel',
    sample_size: resolution,
    in_channels: config.in_channels,
    out_channels: config.out_ch ?? config.out_channels,
    block_out_channels: multiples.map((multiple) => base * multiple),
    layers_per_block: config.num_res_blocks,
    down_block_types: attends.map((has) => (has ? 'AttnDownBlock2D' : 'DownBlock2D')),
    up_block_types: attends.map((has) => (has ? 'AttnUpBlock2D' : 'UpBlock2D')).reverse(),
    dropout: config.dropout,
    norm_eps: config.resnet_eps ?? 1e-6,
    norm_num_groups: config.resnet_num_groups ?? 32,
    attention_head_dim: null,
    downsample_padding: 0,
    flip_sin_to_cos: false,
    freq_shift: 1,
  };
}
