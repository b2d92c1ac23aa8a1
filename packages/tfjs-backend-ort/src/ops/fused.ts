import { mapBroadcast } from '../lower/elementwise.js';
import { groupNorm, type GroupNormAttrs, groupNormGradient } from '../lower/group-norm.js';
import { adamUpdate, emaUpdate } from '../lower/optimizer.js';
import { silu, siluGradient } from '../lower/silu.js';
import type { TensorSpec } from '../tensor-spec.js';
import type { Kernel } from './kernel.js';

// Kernels for the fused operations of @onestep/nn. Names and attributes are the contract with it.

function checkGroupNorm(x: TensorSpec, gamma: TensorSpec, beta: TensorSpec, { groups }: GroupNormAttrs): void {
  const channels = x.shape[3];
  const perChannel = [gamma, beta].every(({ shape }) => shape.length === 1 && shape[0] === channels);
  if (x.shape.length !== 4 || !channels || !(groups >= 1) || channels % groups !== 0 || !perChannel) {
    throw new Error(
      `GroupNorm: x [${x.shape}] must be [N,H,W,C] with C divisible by the ${groups} groups, ` +
        `gamma [${gamma.shape}] and beta [${beta.shape}] be [C].`,
    );
  }
}

/** Names like p0, p1, ..., p(count - 1). */
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** Names of the inputs of an optimizer's update, in order. Null for other kernels. */
export function updateInputNames(kernel: string, { count }: { count: number }): string[] | null {
  if (kernel === 'AdamUpdate') {
    return [...['p', 'g', 'm', 'v'].flatMap((p) => numbered(p, count)), 'lr', 'correction1', 'correction2'];
  }
  if (kernel === 'EmaUpdate') return [...numbered('e', count), ...numbered('p', count), 'beta'];
  return null;
}

export const fusedKernels: readonly Kernel[] = [
  {
    name: 'GroupNorm',
    inputs: ['x', 'gamma', 'beta'],
    infer: ([x, gamma, beta], attrs) => {
      checkGroupNorm(x!, gamma!, beta!, attrs as GroupNormAttrs);
      return { shape: x!.shape, dtype: 'float32' };
    },
    lower: (b, inputs, attrs) => groupNorm(b, inputs, attrs as GroupNormAttrs),
  },
  {
    name: 'GroupNormGrad',
    inputs: ['dy', 'x', 'gamma', 'beta'],
    infer: ([, x, gamma, beta], attrs) => {
      checkGroupNorm(x!, gamma!, beta!, attrs as GroupNormAttrs);
      return [x!, gamma!, beta!].map(({ shape }) => ({ shape, dtype: 'float32' as const }));
    },
    lower: (b, inputs, attrs) => groupNormGradient(b, inputs, attrs as GroupNormAttrs),
  },
  {
    name: 'SiluGrad',
    inputs: ['dy', 'x'],
    infer: ([, x]) => ({ shape: x!.shape, dtype: 'float32' }),
    lower: (b, inputs, _attrs, [out]) =>
      mapBroadcast(b, inputs, out!.shape, ([dy, x]) => siluGradient(b, dy!, x!, b.unary('Sigmoid', x!), silu(b, x!))),
  },
  {
    name: 'AdamUpdate',
    readsState: true,
    infer: (inputs, { count }) => {
      const states = (from: number) => inputs.slice(from * count, (from + 1) * count);
      return [...states(0), ...states(2), ...states(3)].map(({ shape }) => ({ shape, dtype: 'float32' as const }));
    },
    lower: adamUpdate,
  },
  {
    name: 'EmaUpdate',
    readsState: true,
    infer: (inputs, { count }) => inputs.slice(0, count).map(({ shape }) => ({ shape, dtype: 'float32' as const })),
    lower: emaUpdate,
  },
];
