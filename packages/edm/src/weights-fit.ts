import type { StateDict } from '@onestep/checkpoint';
import type { NetworkSettings } from './network-settings.js';
import { noiseChannels } from './networks/song-unet-settings.js';

/**
 * Compares the sizes in settings with weights, before a network allocates memory: the settings of a damaged file could
 * request more than there is.
 *
 * @throws naming the first tensor that is missing or has another shape
 */
export function assertWeightsFit(settings: NetworkSettings, weights: StateDict): void {
  for (const [name, axis, size] of listSizes(settings)) {
    const tensor = Object.hasOwn(weights, name) ? weights[name] : undefined;
    if (tensor === undefined) throw new Error(`The weights do not fit the settings: ${name} is missing.`);
    if (tensor.shape.at(axis) !== size) {
      const found = `${name} has shape [${tensor.shape}], and its axis ${axis} should be ${size}`;
      throw new Error(`The weights do not fit the settings: ${found}.`);
    }
  }
}

/** Lists [tensor, axis, size] such that every number in the settings that decides a size shows up in one of them. */
function* listSizes({ imgResolution, imgChannels, labelDim, model, ...settings }: NetworkSettings) {
  const { modelChannels, channelMult, channelMultEmb, numBlocks, augmentDim } = model;
  const sized = (name: string, axis: number, size: number): [string, number, number] => [`model.${name}`, axis, size];
  const embedding = modelChannels * channelMultEmb;
  yield sized('map_layer0.weight', 0, embedding);
  yield sized('map_layer1.weight', 0, embedding);
  const noise = model.modelType === 'SongUNet' ? noiseChannels(model) : modelChannels;
  yield sized('map_layer0.weight', 1, noise);
  if (labelDim > 0) yield sized('map_label.weight', 1, labelDim);
  if (augmentDim > 0) yield sized('map_augment.weight', 1, augmentDim);
  if (settings.preconditioning.scheme === 'iddpm') yield ['u', 0, settings.preconditioning.timesteps + 1] as const;
  yield sized(`enc.${imgResolution}x${imgResolution}_conv.weight`, 1, imgChannels);
  for (const [level, factor] of channelMult.entries()) {
    const resolution = `${imgResolution >> level}x${imgResolution >> level}`;
    for (let block = 0; block < numBlocks; block++) {
      yield sized(`enc.${resolution}_block${block}.conv0.weight`, 0, modelChannels * factor);
    }
    if (level > 0 && model.modelType === 'SongUNet') {
      yield sized(`enc.${resolution}_down.conv0.resample_filter`, -1, model.resampleFilter.length);
    }
  }
}
