import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Module } from '@onestep/nn';
import { FIXTURES } from '../../../../test-support/fixtures.js';
import { DiscriminatorNetwork, GeneratorNetwork, type DiscriminatorSettings } from '../../src/index.js';

/** The tensors of a network, and the distributions of their initial values. */
export interface Tensors {
  parameters: number;
  tensors: Record<string, { kind: 'param' | 'buffer'; shape: number[]; constant?: number; normal?: number }>;
}
/** Networks of full size by their name. */
export type PublishedNetworks = Record<
  string,
  { cfg: string; c_dim: number; img_resolution: number; img_channels: number; G: Tensors; D: Tensors }
>;

/** What all mapping networks have. */
export const MAPPING = { lrMultiplier: 0.01, wAvgBeta: 0.995 };

/** The networks of a preset, with weights of the given random numbers. */
function build({
  cfg,
  c_dim: labelDim,
  img_resolution: imgResolution,
  img_channels: imgChannels,
}: PublishedNetworks[string]) {
  const fmaps = cfg === 'auto' && imgResolution < 512 ? 0.5 : 1;
  const blocks = { imgResolution, imgChannels, labelDim, channelBase: 32768 * fmaps, channelMax: 512, convClamp: 256 };
  const numLayers = cfg === 'stylegan2' ? 8 : 2;
  const generator = { zDim: 512, wDim: 512, useNoise: true, mapping: { numLayers, ...MAPPING } };
  const discriminator: DiscriminatorSettings = {
    ...blocks,
    architecture: cfg === 'cifar' ? 'orig' : 'resnet',
    mapping: { numLayers: 8, ...MAPPING },
    mbstdGroupSize: 4,
    mbstdNumChannels: 1,
  };
  return {
    G: () => new GeneratorNetwork({ ...blocks, architecture: 'skip', ...generator }, null),
    D: () => new DiscriminatorNetwork(discriminator, null),
  };
}

/** Tensors other than the filters, with their shapes in files. */
function shapesOf(network: Module) {
  const leaves = [...network.namedLeaves()].filter(([name]) => !name.endsWith('resample_filter'));
  return Object.fromEntries(
    leaves.map(([name, { fileShape, trainable }]) => [name, `${trainable ? 'param' : 'buffer'} [${fileShape}]`]),
  );
}

/** The published networks. Needs the fixtures. */
export function readPublishedNetworks(): PublishedNetworks {
  return JSON.parse(readFileSync(`${FIXTURES}training-gan/parameters.json`, 'utf8')) as PublishedNetworks;
}

/** Expects that networks of the settings have the published tensors, and as many parameters. */
export function comparePublished(published: PublishedNetworks[string]): void {
  const builders = build(published);
  for (const which of ['G', 'D'] as const) {
    const network = builders[which]();
    const { parameters, tensors } = published[which];
    const expected = Object.entries(tensors).map(([key, { kind, shape }]) => [key, `${kind} [${shape}]`]);
    expect(shapesOf(network)).toEqual(Object.fromEntries(expected));
    expect(network.parameterCount()).toBe(parameters);
    network.dispose();
  }
}
