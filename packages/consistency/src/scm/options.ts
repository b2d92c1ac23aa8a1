import { boolean, GUIDANCE_OPTIONS, integer, number, oneOf, option, type OptionsOf } from '@onestep/diffusion-core';
import { STUDENT_OPTIONS } from '../training/options.js';
import { DERIVATIVES } from './derivative.js';
import { TANGENT_BOUNDS } from './tangent.js';

/** Options of sCM under the names of FastGen, with its values for CIFAR-10; the distillation is the default here. */
export const SCM_OPTIONS = {
  ...STUDENT_OPTIONS,
  /** Whether the path is the teacher's (sCD), in place of that of the data (sCT). */
  useCd: option({
    default: true,
    check: boolean(),
    help: "follow the teacher's path (sCD); 0: that of the data (sCT)",
  }),
  /** P_mean: mean of ln sigma of the noise levels that are trained, before they are cut to an interval. */
  pMean: option({ default: -1, check: number(), help: 'mean of ln(sigma) of the noise levels' }),
  /** P_std: its standard deviation. */
  pStd: option({ default: 1.4, check: number({ above: 0 }), help: 'standard deviation of ln(sigma)' }),
  /** Lowest noise level that is trained. */
  sigmaMin: option({ default: 0.002, check: number({ above: 0 }), help: 'lowest noise level' }),
  /** Highest noise level that is trained. */
  sigmaMax: option({ default: 80, check: number({ above: 0 }), help: 'highest noise level' }),
  /** Steps in which the derivative's share r of the tangent rises from 0 to 1. */
  tangentWarmup: option({
    default: 10_000,
    check: integer({ min: 0 }),
    help: "steps in which the derivative's share of the tangent rises to 1",
    flag: { name: 'tangent-warmup-steps', placeholder: 'steps' },
  }),
  /** How the tangent is bounded. */
  tangent: option<keyof typeof TANGENT_BOUNDS>({
    default: 'normalize',
    check: oneOf(TANGENT_BOUNDS),
    help: 'how the tangent is bounded',
  }),
  /** c of the normalized tangent g / (rms(g) + c). */
  tangentConst: option({
    default: 0.1,
    check: number({ above: 0 }),
    help: 'c of the tangent g / (rms(g) + c)',
  }),
  /** Whether the loss has the factor 1 / sigma. */
  priorWeighting: option({ default: true, check: boolean(), help: 'weight 1 / sigma of the loss' }),
  /** How the derivative along the path is computed. */
  jvp: option<keyof typeof DERIVATIVES>({
    default: 'exact',
    check: oneOf(DERIVATIVES),
    help: 'derivative along the path: exact, or by central differences',
  }),
  /** Step of the differences, in ln sigma. */
  jvpEps: option({
    default: 0.02,
    check: number({ above: 0, below: 1 }),
    help: 'step of the differences, in ln(sigma)',
  }),
  batch: { ...STUDENT_OPTIONS.batch, default: 512 },
  beta2: { ...STUDENT_OPTIONS.beta2, default: 0.99 },
  /** The optimizer's epsilon. */
  epsilon: option({ default: 1e-8, check: number({ above: 0 }), help: "the optimizer's epsilon" }),
  ...GUIDANCE_OPTIONS,
};

/** Options of sCM. */
export type ScmOptions = OptionsOf<typeof SCM_OPTIONS>;
