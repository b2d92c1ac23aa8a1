import type { StateDict } from '@onestep/checkpoint';
import type { NetworkSettings } from './network-settings.js';

/**
 * Compares the sizes that settings state with the weights that are to come, before a network takes any memory: settings
 * of a damaged file could ask for all there is.
 *
 * @throws naming the first tensor that is missing or of another shape
 */
export function assertWeightsFit(settings: NetworkSettings, weights: StateDict): void {
  for (const [name, axis, size] of statedSizes(settings)) {
    const tensor = Object.hasOwn(weights, name) ? weights[name] : undefined;
    if (tensor === undefined) throw new Error(`The weights do not belong to the settings: ${name} is missing.`);
    if (tensor.shape.at(axis) !== size) {
      const found = `${name} has shape [${tensor.shape}], and its axis ${axis} should be ${size}`;
      throw new Error(`The weights do not belong to the settings: ${found}.`);
    }
  }
}

/** [tensor, axis, size]: every number in the settings that sizes depend on shows in one of them. */
function* statedSizes({ imgResolution, imgChannels, labelDim, model, ...settings }: NetworkSettings) {
  const { modelChannels, channelMult, channelMultEmb, numBlocks, augmentDim } = model;
  const sized = (name: string, axis: number, size: number): [string, number, number] => [`model.${name}`, axis, size];
  const embedding = modelChannels * channelMultEmb;
  yield sized('map_layer0.weight', 0, embedding);
  yield sized('map_layer1.weight', 0, embedding);
  const noise = modelChannels * (model.modelType === 'SongUNet' ? model.channelMultNoise : 1);
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
