import { existsSync } from 'node:fs';
import { CHECKS } from '../../../parity/checks/registry.js';
import { fixtureItems } from '../fixture-items.js';
import { NothingToMeasure, type Part } from '../part.js';

/** Parts that recompute reference numbers, as the parity command does. */
export const networks = fixturePart({
  name: 'networks',
  about:
    'forward and backward passes of preconditioned UNets: outputs, gradients of inputs and parameters; networks of ' +
    'pickles',
  unit: 'file',
  checks: ['networks', 'checkpoints', 'pickles'],
});

export const losses = fixturePart({
  name: 'losses',
  about: 'the EDM, VP and VE denoising losses, every pixel',
  unit: 'file',
  checks: ['losses'],
});

export const samplers = fixturePart({
  name: 'samplers',
  about: 'images of the EDM sampler, of the ablation sampler, and of consistency models in few steps',
  unit: 'run',
  checks: ['samplers', 'consistency-sampling'],
});

export const metrics = fixturePart({
  name: 'metrics',
  about: 'FID, IS, KID, precision and recall of given features; features of the Inception network at six layers',
  unit: 'file',
  checks: ['metrics', 'inception'],
});

const PACKAGE = new URL('../../../packages/stylegan2', import.meta.url);
const STYLEGAN2_CHECKS = CHECKS.map(({ name }) => name).filter((name) => name.startsWith('stylegan2'));

export const stylegan2: Part = {
  name: 'StyleGAN2',
  about: 'StyleGAN2 generators and discriminators',
  unit: 'file',
  checks: STYLEGAN2_CHECKS,
  async items() {
    if (!existsSync(PACKAGE)) throw new NothingToMeasure('not built yet: there is no `packages/stylegan2`');
    if (STYLEGAN2_CHECKS.length === 0) throw new NothingToMeasure('no check of the parity command is about it');
    return fixtureItems(STYLEGAN2_CHECKS);
  },
};

function fixturePart(part: Omit<Part, 'items'> & { checks: readonly string[] }): Part {
  return { ...part, items: () => fixtureItems(part.checks) };
}
