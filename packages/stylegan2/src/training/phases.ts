import type { GanTrainingOptions } from './gan-training-options.js';

/**
 * A phase of an iteration, which updates one network: the generator's loss, its path-length regularization, both at once; the
 * discriminator's loss, its R1 regularization, both at once.
 */
export type PhaseName = 'Gmain' | 'Greg' | 'Gboth' | 'Dmain' | 'Dreg' | 'Dboth';

/** Phases in the order of an iteration. */
export const PHASES: readonly PhaseName[] = ['Gmain', 'Greg', 'Gboth', 'Dmain', 'Dreg', 'Dboth'];

/** Whether the generator is updated, not the discriminator. */
export const updatesGenerator = (name: PhaseName): boolean => name.startsWith('G');

/** Whether the discriminator judges generated images in a phase. */
export const judgesFakes = (name: PhaseName): boolean => name !== 'Greg' && name !== 'Dreg';

/** Whether a phase measures path lengths. */
export const measuresPaths = (name: PhaseName): boolean => name === 'Greg' || name === 'Gboth';

/** Whether the discriminator judges real images. */
export const seesReals = (name: PhaseName): boolean => !updatesGenerator(name);

/**
 * The phases of an iteration. Regularization is lazy: it comes every some iterations, with a loss that is so many times larger
 * (Karras et al. 2020, section 3.1). Without an interval it is a part of the network's loss. A regularization of weight 0 does not
 * come at all.
 *
 * @param iteration its number, from 0
 */
export function phasesOf(iteration: number, options: GanTrainingOptions): PhaseName[] {
  const { gRegInterval, dRegInterval, plWeight, r1Gamma } = options;
  const isDue = (weight: number, interval: number) => weight > 0 && iteration % interval === 0;
  const isJoined = { G: gRegInterval === null && plWeight > 0, D: dRegInterval === null && r1Gamma > 0 };
  const isPresent: Record<PhaseName, boolean> = {
    Gmain: !isJoined.G,
    Greg: gRegInterval !== null && isDue(plWeight, gRegInterval),
    Gboth: isJoined.G,
    Dmain: !isJoined.D,
    Dreg: dRegInterval !== null && isDue(r1Gamma, dRegInterval),
    Dboth: isJoined.D,
  };
  return PHASES.filter((name) => isPresent[name]);
}

/** The factor of a phase's loss. */
export function gainOf(name: PhaseName, { gRegInterval, dRegInterval }: GanTrainingOptions): number {
  if (name === 'Greg') return gRegInterval!;
  return name === 'Dreg' ? dRegInterval! : 1;
}

/**
 * Adam's settings for a network with lazy regularization: its state is that of interval + 1 steps where there would have been
 * interval, so that the learning rate is multiplied by rho = interval / (interval + 1), and the decays become beta^rho (Karras et al.
 * 2020, appendix B).
 *
 * @param rate learning rate
 * @param interval iterations from one regularization to the next; null where it is not lazy
 */
export function lazyAdam(
  rate: number,
  interval: number | null,
  { beta1, beta2 }: Pick<GanTrainingOptions, 'beta1' | 'beta2'>,
): { learningRate: number; beta1: number; beta2: number } {
  const rho = interval === null ? 1 : interval / (interval + 1);
  return { learningRate: rate * rho, beta1: beta1 ** rho, beta2: beta2 ** rho };
}
