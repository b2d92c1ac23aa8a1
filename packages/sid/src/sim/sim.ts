import { defineMethod, number, oneOf, option, type OptionsOf } from '@onestep/diffusion-core';
import { ScoreDistillation, type ScoreStep } from '@onestep/score-distillation';
import { fakeScorePhase, identityPhase, SCORE_IDENTITY_OPTIONS, SCORE_IDENTITY_RUN } from '../score-identity.js';
import { SIM_PRESETS } from './presets.js';
import { SIM_DISTANCES, SIM_WEIGHTS, simGeneratorLoss, type SimDistance, type SimWeight } from './sim-loss.js';

/** Options of SIM. Its training script is not public: all but `initSigma` are ours, or SiD's. */
export const SIM_OPTIONS = {
  /** Distance of the denoised images. */
  distance: option<SimDistance>({
    default: 'pseudo-huber',
    check: oneOf(SIM_DISTANCES),
    help: 'distance of the denoised images: pseudo-huber or squared',
  }),
  /** Softening of the pseudo-Huber distance; null for 0.00054 sqrt(H W C), as in Song and Dhariwal 2024. */
  c: option<number | null>({
    default: null,
    check: number({ above: 0 }),
    help: 'softening of the pseudo-Huber distance, in units of a whole image’s norm',
    unset: '0.00054 times the square root of the number of values in an image',
  }),
  /** Factor on the loss of each sample. */
  w: option<SimWeight>({
    default: 'constant',
    check: oneOf(SIM_WEIGHTS),
    help: 'factor on each image’s loss: constant, or teacher-distance, as in SiD',
  }),
  ...SCORE_IDENTITY_OPTIONS,
};

/** Options of SIM. */
export type SimOptions = OptionsOf<typeof SIM_OPTIONS>;

/** What SIM adds to the loop that it shares with the other methods with a fake score network. */
export const simStep: ScoreStep<SimOptions> = {
  name: 'sim',
  fakeScore: fakeScorePhase,
  generator: identityPhase('sim', ({ xg, fPhi, fPsi }, { distance, c, w }) =>
    simGeneratorLoss({ xg, fPhi, fPsi, distance, c: c ?? softening(xg.size / xg.shape[0]), w }),
  ),
  halfPrecisionEpsilon: 1e-6,
  record: ({ distance }) => ({ distance }),
};

/** The softening that Song and Dhariwal 2024 give for consistency training, in a space of as many dimensions. */
function softening(dimensions: number): number {
  return 0.00054 * Math.sqrt(dimensions);
}

/**
 * Score implicit matching (Luo et al. 2024): turns a teacher into a one-step generator without data, like SiD, and under any
 * distance between the teacher and the fake score network. The pseudo-Huber distance keeps the gradient of every image about as
 * long as the others.
 */
export const sim = defineMethod({
  name: 'sim',
  title: 'SIM',
  paper: 'score implicit matching, Luo et al. 2024',
  about: 'The student moves so that its score implicitly matches the teacher’s, under a pseudo-Huber distance.',
  options: SIM_OPTIONS,
  presets: SIM_PRESETS,
  needs: [],
  ...SCORE_IDENTITY_RUN,
  tag: ({ glr, lr, initSigma, distance, w, batch, tmax }, precision) =>
    `glr${glr}-lr${lr}-initsigma${initSigma}-${distance}-${w}-batch${batch}-tmax${tmax}-${precision}`,
  severalSteps: true,
  ownLatents: true,
  create: (args) => new ScoreDistillation<SimOptions>(simStep, args),
});
