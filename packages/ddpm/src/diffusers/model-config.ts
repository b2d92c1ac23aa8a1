import type { UNet2DSettings, Resampler } from '../unet/unet-2d-settings.js';
import { NotSupported, readCount, readList, readNumber, type Config } from './config-values.js';
import { modernizeConfig } from './old-config.js';

/** What the `config.json` of a network says. */
export interface DescribedModel {
  imgResolution: number;
  imgChannels: number;
  labelDim: number;
  model: UNet2DSettings;
}

/** Attention and resampling of the block types; null where `downsample_type` or `upsample_type` decides. */
const BLOCKS: Readonly<Record<string, { attention: boolean; resampler: Resampler | null }>> = {
  DownBlock2D: { attention: false, resampler: 'conv' },
  ResnetDownsampleBlock2D: { attention: false, resampler: 'resnet' },
  AttnDownBlock2D: { attention: true, resampler: null },
  UpBlock2D: { attention: false, resampler: 'conv' },
  ResnetUpsampleBlock2D: { attention: false, resampler: 'resnet' },
  AttnUpBlock2D: { attention: true, resampler: null },
};

/** Options whose other values are not supported: [key, values that are]. */
const FIXED: readonly [string, readonly unknown[]][] = [
  ['act_fn', ['silu', 'swish']],
  ['time_embedding_type', ['positional']],
  ['class_embed_type', [null]],
  ['resnet_time_scale_shift', ['default', 'scale_shift']],
  ['mid_block_type', ['UNetMidBlock2D', null]],
];

/**
 * Reads the `config.json` of a `UNet2DModel`. A key that is missing has the default of diffusers' class.
 *
 * @throws NotSupported naming the class, the block or the option that this package does not have; Error naming a value that
 *   is not valid
 */
export function readModelConfig(given: Config): DescribedModel {
  const config = modernizeConfig(given);
  const className = config._class_name ?? 'UNet2DModel';
  if (className !== 'UNet2DModel') throw new NotSupported(describeClass(String(className)));
  for (const [key, values] of FIXED) {
    if (config[key] === undefined || values.includes(config[key])) continue;
    throw new NotSupported(
      `${key} ${JSON.stringify(config[key])} is not supported, only ${values.map(String).join(', ')}`,
    );
  }
  const widths = readList(config, 'block_out_channels', 'number');
  const down = readBlocks(config, 'down_block_types', 'downsample_type', widths.length);
  const up = readBlocks(config, 'up_block_types', 'upsample_type', widths.length);
  const normGroups = readGroups(config, widths);
  const scaleShift = config.resnet_time_scale_shift === 'scale_shift';
  const padding = readCount(config, 'downsample_padding', 1);
  if (padding > 1) throw new NotSupported(`downsample_padding ${padding} is not supported, only 0 and 1`);
  const [imgChannels, outChannels] = [readCount(config, 'in_channels', 3), readCount(config, 'out_channels', 3)];
  if (outChannels < imgChannels) {
    throw new NotSupported(
      `in_channels ${imgChannels} with out_channels ${outChannels} is not supported (a network that takes a second image, or a mask), ` +
        'only networks of noisy images alone',
    );
  }
  const headChannels = config.attention_head_dim === undefined ? 8 : config.attention_head_dim;
  return {
    imgResolution: readResolution(config),
    imgChannels,
    labelDim: readCount(config, 'num_class_embeds', 0),
    model: {
      modelType: 'UNet2DModel',
      outChannels,
      blockOutChannels: widths,
      layersPerBlock: readCount(config, 'layers_per_block', 2),
      downAttention: down.map(({ attention }) => attention),
      upAttention: up.map(({ attention }) => attention),
      downsample: down.slice(0, -1).map(({ resampler }) => resampler),
      upsample: up.slice(0, -1).map(({ resampler }) => resampler),
      downsamplePadding: padding,
      midBlock: config.mid_block_type !== null,
      midAttention: config.add_attention !== false,
      // Without a number of its own, the attention has the blocks' groups, or with scale and shift no normalization.
      midAttentionGroups: readCount(config, 'attn_norm_num_groups', scaleShift ? 0 : normGroups),
      midScale: readNumber(config, 'mid_block_scale_factor', 1),
      headChannels: headChannels === null ? 0 : readCount({ headChannels }, 'headChannels'),
      numHeads: 1,
      normGroups,
      normEpsilon: readNumber(config, 'norm_eps', 1e-5),
      scaleShift,
      sinusoidChannels: widths[0]!,
      embeddingChannels: readCount(config, 'time_embedding_dim', 4 * widths[0]!),
      cosineFirst: config.flip_sin_to_cos !== false,
      frequencyShift: readNumber(config, 'freq_shift', 0),
      centerInput: config.center_input_sample === true,
      dropout: readNumber(config, 'dropout', 0),
    },
  };
}

function readBlocks(config: Config, key: string, resamplerKey: string, levels: number) {
  const types = readList(config, key, 'string');
  if (types.length !== levels) throw new Error(`${key} has ${types.length} blocks for ${levels} block_out_channels.`);
  const chosen = config[resamplerKey] ?? 'conv';
  if (chosen !== 'conv' && chosen !== 'resnet') {
    throw new NotSupported(`${resamplerKey} ${JSON.stringify(chosen)} is not supported, only conv and resnet`);
  }
  return types.map((type) => {
    const block = Object.hasOwn(BLOCKS, type) ? BLOCKS[type]! : null;
    if (block === null) {
      throw new NotSupported(`the block ${type} is not supported, only ${Object.keys(BLOCKS).join(', ')}`);
    }
    return { attention: block.attention, resampler: block.resampler ?? (chosen as Resampler) };
  });
}

/** With `norm_num_groups` null, the groups depend on the width. */
function readGroups(config: Config, widths: readonly number[]): number {
  if (config.norm_num_groups !== null) return readCount(config, 'norm_num_groups', 32);
  const groups = new Set(widths.map((width) => Math.min(Math.floor(width / 4), 32)));
  if (groups.size === 1) return [...groups][0]!;
  throw new NotSupported('norm_num_groups null is not supported with these widths: the groups would differ by block');
}

function readResolution(config: Config): number {
  const size = config.sample_size;
  if (Array.isArray(size) && size.length === 2 && size[0] === size[1]) return readCount({ size: size[0] }, 'size');
  if (Array.isArray(size))
    throw new NotSupported(`images of ${size.join('x')} pixels are not supported, only square ones`);
  if (size === null || size === undefined) {
    throw new Error(
      'sample_size, the height and width of the images, is missing: write it into config.json, or state imgResolution.',
    );
  }
  return readCount(config, 'sample_size');
}

/** Says what a network of another class is. */
function describeClass(name: string): string {
  const known: Readonly<Record<string, string>> = {
    UNet2DConditionModel: 'it is conditioned on text by cross-attention',
    AutoencoderKL: 'it encodes images as latents',
    VQModel: 'it encodes images as latents',
    UNet1DModel: 'it makes sequences',
    UNet3DConditionModel: 'it makes videos',
  };
  const kind = Object.hasOwn(known, name)
    ? known[name]!
    : /Transformer|DiT/.test(name)
      ? 'it is a transformer'
      : 'its architecture is not known here';
  return `a network of the class ${name} is not supported (${kind}), only UNet2DModel`;
}
