import type { StateDict } from '@onestep/checkpoint';
import { completeNetworkSettings, type NetworkSettings, type PartialNetworkSettings } from '../network-settings.js';
import { filterTaps } from './filter-taps.js';
import { weightShapes, type WeightShapes } from './weight-shapes.js';

/** Settings that names and shapes of weights do not determine. */
export interface UndeterminedSettings {
  /** Preconditioning, and its constants. Left out, `iddpm` for networks with two outputs per channel, else `edm`. */
  preconditioning?: PartialNetworkSettings['preconditioning'];
  /** Dropout rate in training. Default: 0. */
  dropout?: number;
  /** Channels of an attention head. Default: one head of all channels in a SongUNet, 64 in a DhariwalUNet. */
  channelsPerHead?: number;
}

/**
 * Infers the settings of a network from its weights, for files that do not state them. Names and shapes determine everything
 * except {@link UndeterminedSettings}; the values of the resampling filters are read too.
 *
 * @param weights under the names of the published networks (`model.enc.32x32_conv.weight`)
 * @throws if they are not the weights of a SongUNet or DhariwalUNet, or contradict what is stated
 */
export function settingsFromWeights(weights: StateDict, stated: UndeterminedSettings = {}): NetworkSettings {
  const shapes = weightShapes(weights);
  const { levels } = shapes;
  if (levels.length === 0)
    throw new Error('These are not the weights of a known network: no layer names a resolution.');
  const [first] = levels as [number];
  const imgChannels = shapes.of(shapes.encoder(first, 'conv.weight'))[1];
  const isAdm = shapes.has('model.out_conv.weight');
  const outputs = shapes.of(isAdm ? 'model.out_conv.weight' : lastConvolution(first))[0] / imgChannels;
  const scheme = stated.preconditioning?.scheme ?? (outputs === 2 ? 'iddpm' : 'edm');
  if (outputs !== (scheme === 'iddpm' ? 2 : 1)) {
    const expected = `${imgChannels * (scheme === 'iddpm' ? 2 : 1)} with the preconditioning ${scheme}`;
    throw new Error(
      `The network has ${outputs * imgChannels} outputs for ${imgChannels} channels, expected ${expected}.`,
    );
  }
  const { preconditioning = { scheme } } = stated;
  const table = weights.u?.shape[0];
  return completeNetworkSettings({
    imgResolution: first,
    imgChannels,
    labelDim: shapes.columns('model.map_label.weight'),
    preconditioning:
      scheme === 'iddpm' && table !== undefined ? { timesteps: table - 1, ...preconditioning } : preconditioning,
    model: {
      ...(isAdm ? admSettings(shapes) : songSettings(shapes, weights)),
      dropout: stated.dropout ?? 0,
      channelsPerHead: stated.channelsPerHead,
    },
  } as PartialNetworkSettings);
}

/** What both architectures have, with the channels that all others are multiples of. */
function commonSettings({ levels, ...shapes }: WeightShapes, modelChannels: number) {
  const multiple = (channels: number) => channels / modelChannels;
  return {
    modelChannels,
    augmentDim: shapes.columns('model.map_augment.weight'),
    channelMult: levels.map((level) => multiple(shapes.of(shapes.encoder(level, 'block0.conv1.weight'))[0])),
    channelMultEmb: multiple(shapes.of('model.map_layer0.weight')[0]),
    numBlocks: shapes.countBlocks(levels[0]!),
    attnResolutions: levels.filter((level) => shapes.has(shapes.encoder(level, 'block0.qkv.weight'))),
  };
}

function admSettings(shapes: WeightShapes): PartialNetworkSettings['model'] {
  // ADM embeds the noise level in modelChannels numbers; its first convolution already has the channels of the first level.
  return { modelType: 'DhariwalUNet', ...commonSettings(shapes, shapes.of('model.map_layer0.weight')[1]) };
}

function songSettings(shapes: WeightShapes, weights: StateDict): PartialNetworkSettings['model'] {
  const [first] = shapes.levels as [number];
  const modelChannels = shapes.of(shapes.encoder(first, 'conv.weight'))[0];
  const encoderType = shapes.includes('aux_residual') ? 'residual' : shapes.includes('aux_skip') ? 'skip' : 'standard';
  return {
    modelType: 'SongUNet',
    ...commonSettings(shapes, modelChannels),
    channelMultNoise: shapes.of('model.map_layer0.weight')[1] / modelChannels,
    embeddingType: shapes.has('model.map_noise.freqs') ? 'fourier' : 'positional',
    encoderType,
    decoderType: shapes.count(/aux_norm\.weight$/) > 1 ? 'skip' : 'standard',
    // Networks of one level have no filter; NCSN++ has the residual encoder and four taps.
    resampleFilter: filterTaps(weights) ?? (encoderType === 'residual' ? [1, 3, 3, 1] : [1, 1]),
  };
}

function lastConvolution(resolution: number): string {
  return `model.dec.${resolution}x${resolution}_aux_conv.weight`;
}
