import { beforeAll, describe, expect, it } from 'vitest';
import { DDPMPP, ADM, NCSNPP, networkCost, PreconditionedNetwork, type PartialNetworkSettings } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';

const cifar10 = { imgResolution: 32, imgChannels: 3 };
const ffhq = { imgResolution: 64, imgChannels: 3 };
const ddpmpp = { ...DDPMPP, augmentDim: 9 };
const ncsnpp = { ...NCSNPP, augmentDim: 9 };
const fourLevels = { channelMult: [1, 2, 2, 2] };

/** The published configurations: trained scalars, trained tensors, buffers. */
const PUBLISHED: [string, PartialNetworkSettings, number, number, number][] = [
  ['CIFAR-10 DDPM++', { ...cifar10, model: ddpmpp }, 55_733_891, 417, 8],
  ['CIFAR-10 DDPM++, conditional', { ...cifar10, labelDim: 10, model: ddpmpp }, 55_735_299, 419, 8],
  ['CIFAR-10 DDPM++, without augmentation', { ...cifar10, model: DDPMPP }, 55_732_739, 416, 8],
  ['CIFAR-10 NCSN++', { ...cifar10, model: ncsnpp }, 56_397_827, 421, 11],
  ['CIFAR-10 NCSN++, conditional', { ...cifar10, labelDim: 10, model: ncsnpp }, 56_400_643, 423, 11],
  ['FFHQ-64 DDPM++', { ...ffhq, model: { ...ddpmpp, ...fourLevels } }, 61_805_571, 541, 12],
  ['FFHQ-64 NCSN++', { ...ffhq, model: { ...ncsnpp, ...fourLevels } }, 62_761_091, 547, 16],
  ['CIFAR-10 ADM', { ...cifar10, model: { ...ADM, augmentDim: 9 } }, 279_625_923, 541, 12],
  ['ImageNet-64 ADM', { ...ffhq, labelDim: 1000, model: ADM }, 295_899_267, 541, 12],
  [
    'ImageNet-64 ADM, iDDPM',
    { ...ffhq, labelDim: 1000, model: ADM, preconditioning: { scheme: 'iddpm' } },
    295_904_454,
    541,
    13,
  ],
];

describe('parameter counts of the published networks', () => {
  beforeAll(startTestBackend);

  // Zeros that nobody reads take no memory to speak of, so even the largest network can be built here.
  it.each(PUBLISHED)('%s', (_, settings, count, tensors, buffers) => {
    const network = new PreconditionedNetwork(settings, null);
    expect(network.parameterCount()).toBe(count);
    expect(networkCost(settings).parameters).toBe(count);
    expect(network.namedParameters().size).toBe(tensors);
    expect(network.namedLeaves().size - tensors).toBe(buffers);
    network.dispose();
  });
});
