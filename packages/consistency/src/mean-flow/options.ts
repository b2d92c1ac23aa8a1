import {
  boolean,
  GUIDANCE_OPTIONS,
  integer,
  number,
  oneOf,
  option,
  type EndTime,
  type OptionsOf,
} from '@onestep/diffusion-core';
import { STUDENT_OPTIONS } from '../training/options.js';
import { DERIVATIVES } from './derivative.js';

const END_TIMES: Readonly<Record<EndTime, true>> = { r: true, 't-r': true };
const SAMPLERS: Readonly<Record<'v0' | 'v1', true>> = { v0: true, v1: true };

/** Options of MeanFlow under the names of py-meanflow and FastGen; the distillation is the default here. */
export const MEAN_FLOW_OPTIONS = {
  ...STUDENT_OPTIONS,
  /** Whether the velocity is the teacher's, in place of that of the data. */
  useCd: option({
    default: true,
    check: boolean(),
    help: "follow the teacher's velocity; 0: that of the data",
  }),
  /** Whether the student starts from new weights without preconditioning, in place of the teacher's. */
  scratch: option({
    default: false,
    check: boolean(),
    help: 'start from new weights, without preconditioning; 0: from the teacher',
  }),
  /** The second time of the network. */
  endTime: option<EndTime>({
    default: 't-r',
    check: oneOf(END_TIMES),
    help: 'second time of the network: the end of a step (FastGen) or its length (py-meanflow)',
  }),
  /** Order in which the times are drawn. */
  trSampler: option<keyof typeof SAMPLERS>({
    default: 'v1',
    check: oneOf(SAMPLERS),
    help: 'sampler of the times: v0 swaps them so that r <= t, v1 cuts r',
  }),
  /** Mean of logit t. */
  pMeanT: option({ default: -0.6, check: number(), help: 'mean of logit t', flag: { name: 'P-mean-t' } }),
  /** Standard deviation of logit t. */
  pStdT: option({
    default: 1.6,
    check: number({ above: 0 }),
    help: 'its standard deviation',
    flag: { name: 'P-std-t' },
  }),
  /** Mean of logit r. */
  pMeanR: option({ default: -4, check: number(), help: 'mean of logit r', flag: { name: 'P-mean-r' } }),
  /** Standard deviation of logit r. */
  pStdR: option({
    default: 1.6,
    check: number({ above: 0 }),
    help: 'its standard deviation',
    flag: { name: 'P-std-r' },
  }),
  /** Share of the images with r < t. */
  ratio: option({ default: 0.75, check: number({ min: 0, max: 1 }), help: 'share of the images with r < t' }),
  /** Factor on the times. */
  tmax: option({ default: 1, check: number({ above: 0, max: 1 }), help: 'largest time' }),
  /** p of the weight 1 / (loss + c)^p. */
  normP: option({ default: 0.75, check: number({ min: 0 }), help: 'p of the weight 1 / (loss + c)^p' }),
  /** c of the weight. */
  normEps: option({ default: 1e-3, check: number({ above: 0 }), help: 'c of the weight 1 / (loss + c)^p' }),
  /** Steps in which the derivative's share rises from 0 to 1. */
  tangentWarmup: option({
    default: 0,
    check: integer({ min: 0 }),
    help: "steps in which the derivative's share rises to 1",
    flag: { name: 'tangent-warmup-steps', placeholder: 'steps' },
  }),
  /** How the derivative along the path is computed. */
  jvp: option<keyof typeof DERIVATIVES>({
    default: 'exact',
    check: oneOf(DERIVATIVES),
    help: 'derivative along the path: exact, or by central differences',
  }),
  /** Step of the differences, in time. */
  jvpEps: option({ default: 1e-3, check: number({ above: 0, below: 1 }), help: 'step of the differences, in time' }),
  optimizer: { ...STUDENT_OPTIONS.optimizer, default: 'adam' as const },
  ...GUIDANCE_OPTIONS,
};

/** Options of MeanFlow. */
export type MeanFlowOptions = OptionsOf<typeof MEAN_FLOW_OPTIONS>;
