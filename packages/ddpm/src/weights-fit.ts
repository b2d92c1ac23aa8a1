import type { StateDict } from '@onestep/checkpoint';
import type { NetworkSettings } from './network-settings.js';

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
function* listSizes({ imgChannels, labelDim, model }: NetworkSettings): Generator<[string, number, number]> {
  const { blockOutChannels, layersPerBlock, embeddingChannels, outChannels, headChannels } = model;
  yield ['conv_in.weight', 1, imgChannels];
  yield ['conv_out.weight', 0, outChannels];
  yield ['time_embedding.linear_1.weight', 0, embeddingChannels];
  yield ['time_embedding.linear_1.weight', 1, model.sinusoidChannels];
  if (labelDim > 0) yield ['class_embedding.weight', 0, labelDim];
  for (const [level, width] of blockOutChannels.entries()) {
    for (let layer = 0; layer < layersPerBlock; layer++) {
      yield [`down_blocks.${level}.resnets.${layer}.conv1.weight`, 0, width];
      yield [`up_blocks.${blockOutChannels.length - 1 - level}.resnets.${layer}.conv1.weight`, 0, width];
      if (!model.downAttention[level]) continue;
      const inner = headChannels === 0 ? width : Math.floor(width / headChannels) * headChannels;
      yield [`down_blocks.${level}.attentions.${layer}.to_q.weight`, 0, inner];
    }
  }
}
