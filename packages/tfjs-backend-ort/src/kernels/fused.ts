import { groupNorm, groupNormGradient, type GroupNormAttributes } from '../lower/group-norm.js';
import { mapBroadcast } from '../lower/elementwise.js';
import { swishGradient } from '../lower/swish.js';
import { adamUpdate, emaUpdate } from '../lower/optimizer.js';
import { defineKernels, type InputSpec } from './kernel.js';

/** Kernels for the fused operations of @onestep/nn; the names and attributes are the contract with it. */

function checkGroupNorm(x: InputSpec, gamma: InputSpec, { groups }: GroupNormAttributes): void {
  const channels = x.shape[3];
  if (x.shape.length !== 4 || !channels || channels % groups !== 0 || gamma.shape[0] !== channels) {
    throw new Error(
      `GroupNorm: x [${x.shape}] must be [N,H,W,C] with C divisible by the ${groups} groups and gamma [${gamma.shape}] be [C].`,
    );
  }
}

/** Names p0..pn-1, g0.. and so on, in order. */
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

export function inputNames(kernel: string, { count }: { count: number }): string[] | null {
  if (kernel === 'AdamUpdate') {
    return [...['p', 'g', 'm', 'v'].flatMap((p) => numbered(p, count)), 'lr', 'correction1', 'correction2'];
  }
  if (kernel === 'EmaUpdate') return [...numbered('e', count), ...numbered('p', count), 'beta'];
  return null;
}

defineKernels(
  {
    name: 'GroupNorm',
    inputs: ['x', 'gamma', 'beta'],
    infer: ([x, gamma], attrs) => {
      checkGroupNorm(x!, gamma!, attrs as GroupNormAttributes);
      return { shape: x!.shape, dtype: 'float32' };
    },
    lower: (b, inputs, attrs) => groupNorm(b, inputs, attrs as GroupNormAttributes),
  },
  {
    name: 'GroupNormGrad',
    inputs: ['dy', 'x', 'gamma', 'beta'],
    infer: ([, x, gamma, beta], attrs) => {
      checkGroupNorm(x!, gamma!, attrs as GroupNormAttributes);
      return [x!, gamma!, beta!].map(({ shape }) => ({ shape, dtype: 'float32' as const }));
    },
    lower: (b, inputs, attrs) => groupNormGradient(b, inputs, attrs as GroupNormAttributes),
  },
  {
    name: 'SiluGrad',
    inputs: ['dy', 'x'],
    infer: ([, x]) => ({ shape: x!.shape, dtype: 'float32' }),
    lower: (b, inputs, _attrs, [out]) => mapBroadcast(b, inputs, out!.shape, ([dy, x]) => swishGradient(b, dy!, x!)),
  },
  {
    name: 'AdamUpdate',
    fed: true,
    infer: (inputs, { count }) => {
      const states = (from: number) => inputs.slice(from * count, (from + 1) * count);
      return [...states(0), ...states(2), ...states(3)].map(({ shape }) => ({ shape, dtype: 'float32' as const }));
    },
    lower: adamUpdate,
  },
  {
    name: 'EmaUpdate',
    fed: true,
    infer: (inputs, { count }) => inputs.slice(0, count).map(({ shape }) => ({ shape, dtype: 'float32' as const })),
    lower: emaUpdate,
  },
);
