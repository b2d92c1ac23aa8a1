import type { PartialNetworkSettings } from '@onestep/edm';
import type { StateDict } from '@onestep/checkpoint';

type Scheme = NonNullable<PartialNetworkSettings['preconditioning']>['scheme'];

/**
 * Infers the settings of a published UNet from its weights, for files that do not state them. Names and shapes of a state
 * dict determine everything except the preconditioning.
 *
 * @throws if they are not the weights of a SongUNet or DhariwalUNet
 */
export function settingsFromWeights(weights: StateDict, scheme: Scheme): PartialNetworkSettings {
  const names = Object.keys(weights);
  /** Layers are named by the resolution of their level. */
  const levels = [...new Set(names.flatMap((name) => /^model\.enc\.(\d+)x/.exec(name)?.[1] ?? []).map(Number))];
  levels.sort((a, b) => b - a);
  const layer = (level: number, rest: string) => `model.enc.${level}x${level}_${rest}`;
  const shape = (name: string) => {
    const found = weights[name]?.shape;
    if (found === undefined) throw new Error(`These are not the weights of a known network: ${name} is missing.`);
    return found as [number, number];
  };
  const columns = (name: string) => weights[name]?.shape[1] ?? 0;
  const has = (text: string) => names.some((name) => name.includes(text));

  const isAdm = has('model.out_conv');
  const [embChannels, noiseChannels] = shape('model.map_layer0.weight');
  const [firstChannels, imgChannels] = shape(layer(levels[0] ?? 0, 'conv.weight'));
  // ADM embeds the noise level in modelChannels numbers; its first convolution already has the channels of the first level.
  const modelChannels = isAdm ? noiseChannels : firstChannels;
  const common = {
    modelChannels,
    augmentDim: columns('model.map_augment.weight'),
    channelMult: levels.map((level) => shape(layer(level, 'block0.conv1.weight'))[0] / modelChannels),
    channelMultEmb: embChannels / modelChannels,
    numBlocks: names.filter(
      (name) => /_block\d+\.norm0\.weight$/.test(name) && name.includes(layer(levels[0]!, 'block')),
    ).length,
    attnResolutions: levels.filter((level) => has(layer(level, 'block0.qkv'))),
  };
  const encoderType = has('aux_residual') ? 'residual' : has('aux_skip') ? 'skip' : 'standard';
  const song = {
    channelMultNoise: noiseChannels / modelChannels,
    embeddingType: has('map_noise.freqs') ? 'fourier' : 'positional',
    encoderType,
    decoderType: names.filter((name) => name.endsWith('aux_norm.weight')).length > 1 ? 'skip' : 'standard',
    resampleFilter: resampleFilter(weights) ?? (encoderType === 'residual' ? [1, 3, 3, 1] : [1, 1]),
  } as const;
  return {
    imgResolution: levels[0]!,
    imgChannels,
    labelDim: columns('model.map_label.weight'),
    preconditioning: { scheme },
    model: isAdm ? { modelType: 'DhariwalUNet', ...common } : { modelType: 'SongUNet', ...common, ...song },
  };
}

/** Recovers the taps of a stored resampling filter, which is their outer product over the square of their sum. */
function resampleFilter(weights: StateDict): number[] | undefined {
  const name = Object.keys(weights).find((key) => key.endsWith('resample_filter'));
  if (name === undefined) return undefined;
  const values = weights[name]!.data as Float32Array;
  const row = [...values.subarray(0, Math.round(Math.sqrt(values.length)))];
  return row.map((value) => Math.round(value / row[0]!));
}
