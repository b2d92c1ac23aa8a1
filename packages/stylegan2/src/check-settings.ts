import { describeInvalidLabels } from '@onestep/diffusion-core';
import type { BlockSettings, DiscriminatorSettings, MappingSettings, SynthesisGeneratorSettings } from './settings.js';

const ARCHITECTURES = ['orig', 'skip', 'resnet'];
/** More than any network has. */
const MAX_LAYERS = 64;
const MAX_RESOLUTION = 4096;

/**
 * Checks the settings of a generator, such as those of a file.
 *
 * @throws naming the setting, its value and what is expected
 */
export function checkGeneratorSettings(settings: SynthesisGeneratorSettings): void {
  const { zDim, wDim, useNoise, mapping, labelDim } = settings;
  checkBlocks(settings, 4);
  check('zDim', zDim, isCount(zDim, 0) && zDim + labelDim > 0, 'a positive integer');
  check('wDim', wDim, isCount(wDim, 1), 'a positive integer');
  check('useNoise', useNoise, typeof useNoise === 'boolean', 'true or false');
  checkMapping(mapping);
}

/**
 * Checks the settings of a discriminator.
 *
 * @throws naming the setting, its value and what is expected
 */
export function checkDiscriminatorSettings(settings: DiscriminatorSettings): void {
  const { cmapDim = null, mapping, mbstdGroupSize, mbstdNumChannels } = settings;
  checkBlocks(settings, 8);
  check('cmapDim', cmapDim, cmapDim === null || isCount(cmapDim, 1), 'a positive integer or null');
  check('mbstdGroupSize', mbstdGroupSize, mbstdGroupSize === null || isCount(mbstdGroupSize, 1), 'an integer or null');
  check('mbstdNumChannels', mbstdNumChannels, isCount(mbstdNumChannels, 0), 'an integer from 0');
  const channels = Math.min(Math.floor(settings.channelBase / 4), settings.channelMax);
  const divides = mbstdNumChannels === 0 || channels % mbstdNumChannels === 0;
  check('mbstdNumChannels', mbstdNumChannels, divides, `a divisor of the ${channels} channels of the last block`);
  checkMapping(mapping);
}

function checkBlocks(settings: BlockSettings, smallest: number): void {
  const { imgResolution, imgChannels, labelDim, classNames, labels } = settings;
  const { architecture, channelBase, channelMax, convClamp } = settings;
  const isPower = isCount(imgResolution, smallest) && Number.isInteger(Math.log2(imgResolution));
  const range = `a power of two from ${smallest} to ${MAX_RESOLUTION}`;
  check('imgResolution', imgResolution, isPower && imgResolution <= MAX_RESOLUTION, range);
  check('imgChannels', imgChannels, isCount(imgChannels, 1), 'a positive integer');
  check('labelDim', labelDim, isCount(labelDim, 0), 'an integer from 0');
  check('architecture', architecture, ARCHITECTURES.includes(architecture), `one of ${ARCHITECTURES.join(', ')}`);
  check('channelMax', channelMax, isCount(channelMax, 1), 'a positive integer');
  check('channelBase', channelBase, isCount(channelBase, imgResolution), `an integer from ${imgResolution}`);
  check('convClamp', convClamp, convClamp === null || isPositive(convClamp), 'a positive number or null');
  if (classNames !== undefined) {
    const areNames = Array.isArray(classNames) && classNames.every((name) => typeof name === 'string');
    check('classNames', classNames, areNames && classNames.length === labelDim, `${labelDim} strings`);
  }
  const problem = labels === undefined ? null : describeInvalidLabels(labels, labelDim);
  if (problem !== null) throw new Error(`Network settings: labels ${problem}.`);
}

function checkMapping(mapping: MappingSettings): void {
  check('mapping', mapping, typeof mapping === 'object' && mapping !== null, 'an object');
  const { numLayers, embedFeatures = null, layerFeatures = null, lrMultiplier, wAvgBeta } = mapping;
  const name = (setting: string) => `mapping.${setting}`;
  check(name('numLayers'), numLayers, isCount(numLayers, 1) && numLayers <= MAX_LAYERS, `from 1 to ${MAX_LAYERS}`);
  check(
    name('embedFeatures'),
    embedFeatures,
    embedFeatures === null || isCount(embedFeatures, 1),
    'an integer or null',
  );
  check(
    name('layerFeatures'),
    layerFeatures,
    layerFeatures === null || isCount(layerFeatures, 1),
    'an integer or null',
  );
  check(name('lrMultiplier'), lrMultiplier, isPositive(lrMultiplier), 'a positive number');
  const isShare = typeof wAvgBeta === 'number' && wAvgBeta >= 0 && wAvgBeta <= 1;
  check(name('wAvgBeta'), wAvgBeta, isShare, 'from 0 to 1');
}

function check(name: string, value: unknown, isValid: boolean, expected: string): void {
  const found = value === undefined ? 'and is missing' : `not ${JSON.stringify(value)}`;
  if (!isValid) throw new Error(`Network settings: ${name} must be ${expected}, ${found}.`);
}

function isCount(value: unknown, minimum: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= minimum;
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
