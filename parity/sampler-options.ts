import type { AblationSamplerOptions } from '@onestep/diffusion-core';
import { parseObject } from './fixture-network.js';

/** Numeric options by their published names. */
const OPTIONS: Record<string, keyof AblationSamplerOptions> = {
  sigma_min: 'sigmaMin',
  sigma_max: 'sigmaMax',
  rho: 'rho',
  S_churn: 'sChurn',
  S_min: 'sMin',
  S_max: 'sMax',
  S_noise: 'sNoise',
  alpha: 'alpha',
  epsilon_s: 'epsilonS',
  C_1: 'c1',
  C_2: 'c2',
  M: 'timesteps',
};

/**
 * Reads the options of a sampler run from the metadata: a JSON object under the run's name and, for ablation runs, the
 * options of its solver in the note, as in `euler runs use S_churn=5, heun runs S_churn=0 and alpha=0.9`.
 */
export function statedSamplerOptions(
  metadata: Record<string, string>,
  run: string,
  solver: string,
): AblationSamplerOptions {
  const stated: Record<string, unknown> = metadata[run] === undefined ? {} : parseObject(run, metadata[run]);
  const [, ofSolver = ''] = (metadata.note ?? '').split(`${solver} runs`);
  const upToTheNextSolver = ofSolver.split(/;| runs/)[0]!;
  const noted = [...upToTheNextSolver.matchAll(/(\w+)=([\d.e-]+)/g)].map(([, name, value]) => [name, value]);
  const options: Record<string, number> = {};
  for (const [name, value] of [...(run.startsWith('ablation') ? noted : []), ...Object.entries(stated)]) {
    const known = OPTIONS[name as string];
    if (known !== undefined) options[known] = Number(value);
  }
  return options;
}
