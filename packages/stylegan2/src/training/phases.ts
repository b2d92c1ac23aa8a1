import type { GanTrainingOptions } from './gan-training-options.js';

/**
 * A phase of an iteration, which updates one network: the generator's loss, its path-length regularization, the discriminator's loss,
 * its R1 regularization.
 */
export type PhaseName = 'Gmain' | 'Greg' | 'Dmain' | 'Dreg';

/** Phases in the order of an iteration. */
export const PHASES: readonly PhaseName[] = ['Gmain', 'Greg', 'Dmain', 'Dreg'];

/** Whether a phase makes images with the generator. */
export const makesImages = (name: PhaseName): boolean => name !== 'Dreg';

/** Whether the discriminator judges generated images in a phase. */
export const judgesFakes = (name: PhaseName): boolean => name === 'Gmain' || name === 'Dmain';

/** Whether it judges real images. */
export const seesReals = (name: PhaseName): boolean => name === 'Dmain' || name === 'Dreg';

/**
 * The phases of an iteration. Regularization is lazy: it comes every some iterations, with a loss that is so many times larger
 * (Karras et al. 2020, section 3.1). A regularization of weight 0 does not come at all.
 *
 * @param iteration its number, from 0
 */
export function phasesOf(iteration: number, options: GanTrainingOptions): PhaseName[] {
  const { gRegInterval, dRegInterval, plWeight, r1Gamma } = options;
  return PHASES.filter((name) => {
    if (name === 'Greg') return plWeight > 0 && iteration % gRegInterval === 0;
    return name !== 'Dreg' || (r1Gamma > 0 && iteration % dRegInterval === 0);
  });
}

/** The factor of a phase's loss. */
export function gainOf(name: PhaseName, { gRegInterval, dRegInterval }: GanTrainingOptions): number {
  if (name === 'Greg') return gRegInterval;
  return name === 'Dreg' ? dRegInterval : 1;
}

/**
 * Adam's settings for a network with lazy regularization: its state is that of interval + 1 steps where there would have been
 * interval, so that the learning rate is multiplied by rho = interval / (interval + 1), and the decays become beta^rho (Karras et al.
 * 2020, appendix B).
 *
 * @param rate learning rate
 * @param interval iterations from one regularization to the next
 */
export function lazyAdam(
  rate: number,
  interval: number,
  { beta1, beta2 }: Pick<GanTrainingOptions, 'beta1' | 'beta2'>,
): { learningRate: number; beta1: number; beta2: number } {
  const rho = interval / (interval + 1);
  return { learningRate: rate * rho, beta1: beta1 ** rho, beta2: beta2 ** rho };
}
