import { BootDistillation } from '@onestep/boot';
import { DiffInstructDistillation } from '@onestep/diff-instruct';
import { NetworkGenerator, type DistillationMethod, type Generator } from '@onestep/diffusion-core';
import { eightGaussians, type MlpDenoiser } from '@onestep/diffusion-core/toy';
import { SidDistillation } from '@onestep/sid';
import type { ToyMethodName } from './calls.js';

/** A distillation of the toy, with the entry of its statistics that says how far it is. */
export interface ToyMethod {
  distillation: DistillationMethod & { readonly student: Generator; dispose(): void };
  measure: string;
}

/** Images in a step: small enough for a slow engine, large enough for eight modes. */
const COMMON = { batch: 256, emaRampUpRatio: 0.5 } as const;

/** How each method begins, with rates at which it is seen to move: higher than those it would end with. The network is taken over. */
export const TOY_METHODS: Record<ToyMethodName, (network: MlpDenoiser) => ToyMethod> = {
  'diff-instruct': (network) => ({
    distillation: new DiffInstructDistillation({
      ...withScoreNetwork(network),
      options: { ...COMMON, lr: 1e-2, glr: 2e-3 },
    }),
    measure: 'Score_gap',
  }),
  // alpha = 0.5 is the exact gradient once the score network has converged, and has no spikes at such rates.
  sid: (network) => ({
    distillation: new SidDistillation({
      ...withScoreNetwork(network),
      options: { ...COMMON, alpha: 0.5, lr: 1e-2, glr: 3e-3 },
    }),
    measure: 'Score_gap',
  }),
  boot: (network) => ({
    distillation: new BootDistillation({
      ...{ teacher: eightGaussians(), student: network },
      options: { ...COMMON, solver: 'exponential-heun', delta: 0.04, glr: 3e-3, emaHalflifeKimg: 30 },
    }),
    measure: 'G_Loss/bootstrap',
  }),
};

function withScoreNetwork(network: MlpDenoiser) {
  return { teacher: eightGaussians(), scoreNetwork: network.clone(), generator: new NetworkGenerator(network, 1) };
}
