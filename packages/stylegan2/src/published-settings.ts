import type { DiscriminatorSettings, MappingSettings, SynthesisGeneratorSettings } from './settings.js';

/** Constructor arguments of a published network, by name. */
export type PublishedArguments = Readonly<Record<string, unknown>>;

/** The filter of the published classes' default, the only one that the networks here have. */
const RESAMPLE_FILTER = '1,3,3,1';

/** Arguments of the synthesis network, which later versions of the published code take without `synthesis_kwargs`. */
const SYNTHESIS = ['architecture', 'channel_base', 'channel_max', 'conv_clamp', 'use_noise'];

/** Arguments that decide nothing here: how the published code computes, not what. */
const IGNORED = ['num_fp16_res', 'fp16_channels_last', 'use_fp16', 'fused_modconv_default'];

/**
 * Converts the constructor arguments of a published `Generator` to settings.
 *
 * @param kwargs such as `z_dim`, `mapping_kwargs`, `synthesis_kwargs`
 * @throws naming an argument that is unknown, or has a value that these networks do not have
 */
export function generatorSettings(kwargs: PublishedArguments): SynthesisGeneratorSettings {
  const args = new Arguments(kwargs);
  const synthesis = args.nested('synthesis_kwargs', SYNTHESIS);
  const settings: SynthesisGeneratorSettings = {
    zDim: args.take('z_dim', 512),
    wDim: args.take('w_dim', 512),
    labelDim: args.take('c_dim', 0),
    imgResolution: args.take('img_resolution'),
    imgChannels: args.take('img_channels', 3),
    architecture: synthesis.take('architecture', 'skip'),
    channelBase: synthesis.take('channel_base', 32768),
    channelMax: synthesis.take('channel_max', 512),
    convClamp: synthesis.take('conv_clamp', null),
    useNoise: synthesis.take('use_noise', true),
    mapping: mappingSettings(args.nested('mapping_kwargs')),
  };
  synthesis.end();
  args.end();
  return settings;
}

/**
 * Converts the constructor arguments of a published `Discriminator` to settings.
 *
 * @param kwargs such as `c_dim`, `architecture`, `epilogue_kwargs`
 * @throws naming an argument that is unknown, or has a value that these networks do not have
 */
export function discriminatorSettings(kwargs: PublishedArguments): DiscriminatorSettings {
  const args = new Arguments(kwargs);
  const block = args.nested('block_kwargs');
  const epilogue = args.nested('epilogue_kwargs');
  const settings: DiscriminatorSettings = {
    labelDim: args.take('c_dim', 0),
    imgResolution: args.take('img_resolution'),
    imgChannels: args.take('img_channels', 3),
    architecture: args.take('architecture', 'resnet'),
    channelBase: args.take('channel_base', 32768),
    channelMax: args.take('channel_max', 512),
    convClamp: args.take('conv_clamp', null),
    cmapDim: args.take('cmap_dim', null),
    mapping: mappingSettings(args.nested('mapping_kwargs')),
    mbstdGroupSize: epilogue.take('mbstd_group_size', 4),
    mbstdNumChannels: epilogue.take('mbstd_num_channels', 1),
  };
  // Freeze-D: frozen layers have the same tensors, which are buffers there.
  block.take('freeze_layers', 0);
  for (const part of [block, epilogue, args]) part.end();
  return settings;
}

function mappingSettings(args: Arguments): MappingSettings {
  const settings: MappingSettings = {
    numLayers: args.take('num_layers', 8),
    embedFeatures: args.take('embed_features', null),
    layerFeatures: args.take('layer_features', null),
    lrMultiplier: args.take('lr_multiplier', 0.01),
    wAvgBeta: args.take('w_avg_beta', 0.995),
  };
  args.end();
  return settings;
}

/** Arguments that are taken one by one. */
class Arguments {
  private readonly rest: Map<string, unknown>;

  constructor(kwargs: PublishedArguments) {
    this.rest = new Map(Object.entries(kwargs));
  }

  /** @throws if there is no value and no default */
  take<T>(name: string, fallback?: T): T {
    const value = this.rest.has(name) ? this.rest.get(name) : fallback;
    if (value === undefined) throw new Error(`The network's argument ${name} is missing.`);
    this.rest.delete(name);
    return value as T;
  }

  /** @param inherited names that may stand here in place of in the nested arguments */
  nested(name: string, inherited: readonly string[] = []): Arguments {
    const nested = this.take<PublishedArguments | null>(name, {}) ?? {};
    const own = inherited.filter((key) => this.rest.has(key)).map((key): [string, unknown] => [key, this.take(key)]);
    return new Arguments({ ...Object.fromEntries(own), ...nested });
  }

  /** @throws if an argument is left that decides something */
  end(): void {
    if (this.rest.has('resample_filter') && String(this.rest.get('resample_filter')) !== RESAMPLE_FILTER) {
      throw new Error(
        `The network's resample_filter is [${String(this.rest.get('resample_filter'))}], not [1, 3, 3, 1].`,
      );
    }
    if (this.rest.has('activation') && this.rest.get('activation') !== 'lrelu') {
      throw new Error(`The network's activation is ${String(this.rest.get('activation'))}, not lrelu.`);
    }
    const known = [...IGNORED, 'resample_filter', 'activation'];
    const unknown = [...this.rest.keys()].filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`The network has the argument ${unknown[0]}, which is unknown here.`);
  }
}
