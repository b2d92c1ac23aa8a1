import {
  defineMethod,
  DISTILLATION_OPTIONS,
  GUIDANCE_OPTIONS,
  number,
  oneOf,
  option,
  requireOption,
  type Distance,
  type MethodPreset,
  type OptionsOf,
} from '@onestep/diffusion-core';
import { BootDistillation } from './boot-distillation.js';
import { distanceCheck, type DistanceName } from './distance.js';
import { SOLVERS, type SolverName } from './signal-ode.js';

const time = number({ min: 0, max: 1 });

/**
 * Options of BOOT. There is no published script, and no published value is known to us for certain: names and
 * defaults are ours.
 */
export const BOOT_OPTIONS = {
  /** Noise level of the student at t_min, which is that of the generator's input. */
  initSigma: option({
    default: 2.5,
    check: number({ above: 0 }),
    help: "noise level of the generator's input",
    flag: { placeholder: 'sigma' },
  }),
  /** Step of the bootstrap at the start, in time. */
  delta: option({
    default: 0.05,
    check: number({ above: 0, max: 1 }),
    help: 'step of the bootstrap, as a share of the time',
    flag: { placeholder: 't' },
  }),
  /** Step of the bootstrap at the end, in time; null for no change. */
  deltaEnd: option<number | null>({
    default: null,
    check: number({ above: 0, max: 1 }),
    help: 'step at the end',
    unset: 'the same',
    flag: { placeholder: 't' },
  }),
  /** Thousands of images from `delta` to `deltaEnd`; 0 for `deltaEnd` at once. */
  deltaKimg: option({
    default: 0,
    check: number({ min: 0 }),
    help: 'thousand images from --delta to --delta-end',
    flag: { placeholder: 'kimg' },
  }),
  /** How a step is computed: to first order (ddim), or to second order with another evaluation of the teacher. */
  solver: option<SolverName>({
    default: 'heun',
    check: oneOf(SOLVERS),
    help: 'how a step is computed: to first order, or with a second evaluation of the teacher',
  }),
  /** Time at which the bootstrap ends; 0 is the lowest noise level. */
  tMin: option({
    default: 0,
    check: time,
    help: 'where the bootstrap ends; 0 is the lowest noise level',
    flag: { placeholder: 't' },
  }),
  /** Time at which the bootstrap begins; 1 is the highest noise level. */
  tMax: option({
    default: 1,
    check: time,
    help: 'where it begins; 1 is the highest noise level',
    flag: { placeholder: 't' },
  }),
  /** Weight of the boundary loss. */
  beta: option({
    default: 0.1,
    check: number({ min: 0 }),
    help: 'weight of the boundary loss',
    flag: { placeholder: 'weight' },
  }),
  /** Largest weight of the bootstrap loss. */
  weightClip: option({
    default: 25,
    check: number({ min: 1 }),
    help: 'largest weight of the bootstrap loss',
    flag: { placeholder: 'weight' },
  }),
  /** How the student is compared with its targets. */
  distance: option<DistanceName | Distance>({
    default: 'l2',
    check: distanceCheck,
    help: 'how the student is compared with its target; lpips needs weights of yours',
  }),
  ...GUIDANCE_OPTIONS,
  /** Learning rate of the student. */
  glr: option({
    default: 1e-4,
    check: number({ above: 0 }),
    help: 'learning rate of the student',
    flag: { placeholder: 'rate' },
  }),
  /** Adam's beta1. */
  gBeta1: option({ default: 0.9, check: number({ min: 0, below: 1 }), help: "Adam's beta1" }),
  ...DISTILLATION_OPTIONS,
};

/** Options of BOOT. */
export type BootOptions = OptionsOf<typeof BOOT_OPTIONS>;

/** Settings for short runs. */
const PRESETS = {
  small: {
    about: 'some thousand images on a CPU: ten stages of the path with steps of second order',
    // Smaller steps take longer to learn.
    options: {
      batch: 64,
      initSigma: 2.5,
      emaHalfLifeKimg: 2,
      emaRampUpRatio: 0.5,
      solver: 'heun',
      delta: 0.1,
      glr: 1e-3,
    },
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      batch: 256,
      initSigma: 2.5,
      emaHalfLifeKimg: 30,
      emaRampUpRatio: 0.5,
      solver: 'exponential-heun',
      delta: 0.04,
      glr: 3e-3,
    },
  },
} satisfies Record<string, MethodPreset<BootOptions>>;

/**
 * BOOT (Gu et al. 2023): turns a teacher into a one-step generator g(eps, t_min) without data, by bootstrapping along
 * the Signal-ODE.
 */
export const boot = defineMethod({
  name: 'boot',
  title: 'BOOT',
  paper: 'data-free distillation with bootstrapping, Gu et al. 2023',
  about:
    'The student learns the teacher’s whole path from noise to image: each point from the one before and one step of the teacher.',
  options: BOOT_OPTIONS,
  presets: PRESETS,
  needs: [],
  trains: { networks: 3, trained: 1, activations: 1.5, passes: 9, teacher: { passes: 3, activations: 0 } },
  shown: { 'G_Loss/bootstrap': 'loss', Boundary_residual: 'boundary' },
  progress: {
    statistic: 'G_Loss/bootstrap',
    name: 'Bootstrap loss',
    about: 'How far the student is from its own image a small step earlier, followed by the teacher.',
  },
  tag: ({ glr, delta, solver, beta, initSigma, batch }, precision) =>
    `glr${glr}-delta${delta}-${solver}-beta${beta}-initsigma${initSigma}-batch${batch}-${precision}`,
  ignores: { dropout: 'the student learns without dropout', augment: 'there is no fake score network' },
  check: checkOptions,
  create: (args) => new BootDistillation(args),
});

/** @throws RangeError naming options that do not fit each other */
function checkOptions({ tMin, tMax, delta, deltaEnd }: BootOptions): void {
  requireOption(tMin < tMax, `tMin must be below tMax, and they are ${tMin} and ${tMax}.`);
  const fits = (value: number) => value <= tMax - tMin;
  requireOption(fits(delta), `delta must be at most tMax - tMin, not ${delta}.`);
  requireOption(deltaEnd === null || fits(deltaEnd), `deltaEnd must be at most tMax - tMin, not ${deltaEnd}.`);
}
