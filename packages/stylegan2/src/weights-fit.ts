import type { StateDict } from '@onestep/checkpoint';
import { blockResolutions, channelsAt } from './networks/block-channels.js';
import type { DiscriminatorSettings, MappingSettings, SynthesisGeneratorSettings } from './settings.js';

type Size = readonly [tensor: string, axis: number, size: number];

/**
 * Compares the sizes in a generator's settings with weights, before a network allocates memory: the settings of a damaged file
 * could request more than there is.
 *
 * @throws naming the first tensor that is missing or has another shape
 */
export function assertGeneratorFits(settings: SynthesisGeneratorSettings, weights: StateDict): void {
  assertSizes(generatorSizes(settings), weights);
}

/** The same for a discriminator. @throws naming the first tensor that is missing or has another shape */
export function assertDiscriminatorFits(settings: DiscriminatorSettings, weights: StateDict): void {
  assertSizes(discriminatorSizes(settings), weights);
}

function assertSizes(sizes: Iterable<Size>, weights: StateDict): void {
  for (const [name, axis, size] of sizes) {
    const tensor = Object.hasOwn(weights, name) ? weights[name] : undefined;
    if (tensor === undefined) throw new Error(`The weights do not fit the settings: ${name} is missing.`);
    if (tensor.shape.at(axis) !== size) {
      const found = `${name} has shape [${tensor.shape}], and its axis ${axis} should be ${size}`;
      throw new Error(`The weights do not fit the settings: ${found}.`);
    }
  }
}

/** Every number in the settings that decides a size shows up in one of these. */
function* generatorSizes(settings: SynthesisGeneratorSettings): Generator<Size> {
  const { zDim, wDim, labelDim, imgResolution, imgChannels, mapping } = settings;
  for (const resolution of blockResolutions(settings)) {
    const layer = `synthesis.b${resolution}.conv1`;
    yield [`${layer}.weight`, 0, channelsAt(resolution, settings)];
    yield [`${layer}.affine.weight`, 1, wDim];
  }
  yield [`synthesis.b${imgResolution}.torgb.weight`, 0, imgChannels];
  yield* mappingSizes(mapping, { zDim, labelDim, wDim });
}

function* discriminatorSizes(settings: DiscriminatorSettings): Generator<Size> {
  const { labelDim, cmapDim, imgResolution, imgChannels, mapping, mbstdNumChannels } = settings;
  const channels = channelsAt(4, settings);
  for (const resolution of blockResolutions(settings).slice(1)) {
    yield [`b${resolution}.conv0.weight`, 0, channelsAt(resolution, settings)];
  }
  yield [`b${imgResolution}.fromrgb.weight`, 1, imgChannels];
  yield ['b4.conv.weight', 1, channels + mbstdNumChannels];
  const wDim = cmapDim ?? channels;
  yield ['b4.out.weight', 0, labelDim > 0 ? wDim : 1];
  if (labelDim > 0) yield* mappingSizes(mapping, { zDim: 0, labelDim, wDim });
}

function* mappingSizes(
  { numLayers, embedFeatures, layerFeatures }: MappingSettings,
  { zDim, labelDim, wDim }: { zDim: number; labelDim: number; wDim: number },
): Generator<Size> {
  const embedded = labelDim > 0 ? (embedFeatures ?? wDim) : 0;
  if (labelDim > 0) {
    yield ['mapping.embed.weight', 0, embedded];
    yield ['mapping.embed.weight', 1, labelDim];
  }
  for (let i = 0; i < numLayers; i++) {
    yield [`mapping.fc${i}.weight`, 0, i === numLayers - 1 ? wDim : (layerFeatures ?? wDim)];
  }
  yield ['mapping.fc0.weight', 1, zDim + embedded];
}
