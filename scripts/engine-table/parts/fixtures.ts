import { CHECKS } from '../../../parity/checks/registry.js';
import { fixtureItems } from '../fixture-items.js';
import type { Part } from '../part.js';

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

export const stylegan2 = fixturePart({
  name: 'StyleGAN2',
  about: 'StyleGAN2 generators, discriminators, augmentation, and iterations of its training',
  unit: 'file',
  checks: CHECKS.map(({ name }) => name).filter((name) => name.startsWith('stylegan2')),
});

function fixturePart(part: Omit<Part, 'items'> & { checks: readonly string[] }): Part {
  return { ...part, items: () => fixtureItems(part.checks) };
}
