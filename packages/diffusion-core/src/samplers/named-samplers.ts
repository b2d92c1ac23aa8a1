import { ablationSampler } from './ablation/ablation-sampler.js';
import { ddimSampler } from './ddim-sampler.js';
import { dpmSolverSampler } from './dpm-solver-sampler.js';
import { edmSampler } from './edm-sampler.js';
import type { NoiseLevelOptions } from './noise-levels.js';
import type { SampledImages, SamplerArgs } from './sampler.js';

/** A sampler that is chosen by its name. All of them pass the same noise levels, those of Karras et al. 2022. */
export interface NamedSampler {
  /** Name in text. */
  title: string;
  /** Network evaluations of an image (NFE) in a number of steps. */
  evaluations(steps: number): number;
  /** Generates images. @throws RangeError naming an option that is out of range */
  sample(args: SamplerArgs<NoiseLevelOptions>): Promise<SampledImages>;
}

const once = (steps: number) => steps;

/** The samplers by name. A new one is one file and one line here. DDIM and Euler's method give the same numbers. */
export const SAMPLERS = {
  ddim: { title: 'DDIM', evaluations: once, sample: ddimSampler },
  ddpm: {
    title: 'DDPM',
    evaluations: once,
    sample: (args) => ddimSampler({ ...args, options: { ...args.options, eta: 1 } }),
  },
  euler: {
    title: 'Euler',
    evaluations: once,
    sample: (args) => ablationSampler({ ...args, options: { ...args.options, solver: 'euler' } }),
  },
  heun: { title: 'Heun', evaluations: (steps) => 2 * steps - 1, sample: edmSampler },
  'dpm-solver++': { title: 'DPM-Solver++(2M)', evaluations: once, sample: dpmSolverSampler },
} as const satisfies Record<string, NamedSampler>;

/** Name of a sampler in {@link SAMPLERS}. */
export type SamplerName = keyof typeof SAMPLERS;

/**
 * The largest number of steps that takes at most `calls` network evaluations.
 *
 * @throws RangeError unless `calls` is a positive integer
 */
export function stepsWithin(name: SamplerName, calls: number): number {
  if (!Number.isInteger(calls) || calls < 1) throw new RangeError(`A sampler takes 1 or more calls, not ${calls}.`);
  const { evaluations } = SAMPLERS[name];
  let steps = 1;
  while (evaluations(steps + 1) <= calls) steps += 1;
  return steps;
}
