import type { MethodPreset } from '@onestep/diffusion-core';
import { SIDA_PRESETS } from '../sida/presets.js';
import type { SidaOptions } from '../sida/sida.js';
import type { UniInstructOptions } from './uni-instruct.js';

/** A preset of SiDA, whose base is that of Uni-Instruct: the released code has the settings of SiDA's. */
function asSida(
  { options: { alpha: _, useGan: _useGan, ...options }, ...run }: MethodPreset<SidaOptions>,
  about: string,
  own: Partial<UniInstructOptions> = {},
): MethodPreset<UniInstructOptions> {
  return { ...run, options: { ...options, ...own }, about };
}

const released = (teacher: 'cifar10-uncond' | 'cifar10-cond' | 'imagenet64-cond') =>
  asSida(SIDA_PRESETS[teacher], `the released settings on ${teacher}, which are those of SiDA`);

/** The released settings, by the published name of their teacher, and short runs of ours. */
export const UNI_INSTRUCT_PRESETS = {
  'cifar10-uncond': released('cifar10-uncond'),
  'cifar10-cond': released('cifar10-cond'),
  'imagenet64-cond': released('imagenet64-cond'),
  small: asSida(SIDA_PRESETS.small, 'some thousand images on a CPU: rates and gates as for SiDA'),
  toy: asSida(
    SIDA_PRESETS.toy,
    'two-dimensional points, without images, at learning rates at which the student is seen to move',
    // Its alpha of 1 has spikes, which the bound on the gradients keeps from becoming steps of Adam.
    { divergence: 'rkl', glr: 1e-3, lsg: 1, clipGradNorm: 1 },
  ),
} satisfies Record<string, MethodPreset<UniInstructOptions>>;
