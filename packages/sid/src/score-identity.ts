import * as tf from '@tensorflow/tfjs-core';
import { karrasSigmaAt, number, option, withoutGradient, type OptionsOf } from '@onestep/diffusion-core';
import {
  averageDiagnostics,
  averageLoss,
  denoisingScoreMatching,
  diagnostics,
  drawLogNormalSigmas,
  SCORE_OPTIONS,
  type ComparedImages,
  type FakeScoreInputs,
  type GeneratorInputs,
  type Networks,
  type Phase,
} from '@onestep/score-distillation';

/** The loss of a micro-batch of N samples, and the two numbers of each sample that statistics need. */
export interface WeightedLoss {
  /** [N, H, W, C], unreduced; 0 for samples that hold a NaN. */
  loss: tf.Tensor4D;
  /** omega, the factor on each sample's loss, [N], constants. */
  weight: tf.Tensor1D;
  /** [N], true where a sample holds no NaN; constants. */
  valid: tf.Tensor1D;
}

/** The smallest mean difference of x_g and f_phi that a loss is divided by. */
const MIN_DIFFERENCE = 1e-5;

/**
 * The mean of |x_g - f_phi| over the pixels of each sample, and at least 1e-5. Its reciprocal is SiD's omega.
 *
 * @returns [N], constants
 */
export function meanDifferences({ xg, fPhi }: Pick<ComparedImages, 'xg' | 'fPhi'>): tf.Tensor1D {
  return withoutGradient(() => tf.maximum(tf.mean(tf.abs(tf.sub(xg, fPhi)), [1, 2, 3]), MIN_DIFFERENCE) as tf.Tensor1D);
}

/**
 * Noise levels at which the two networks are compared: sigma(t) for t uniform in (0, tmax / 1000), from 0.002
 * at t = 0 to 80 at t = 1. The schedule is Eq. (5), Karras et al. 2022, with rho = 7.
 *
 * @param u uniform draws in (0, 1)
 * @param tmax the largest t, in thousandths
 * @returns one noise level per draw
 */
export function sidSigmas(u: ArrayLike<number>, tmax: number): Float32Array {
  return Float32Array.from(u, (value) => karrasSigmaAt((value * tmax) / 1000));
}

/** Options that SiD and its relatives share, under the names of SiD's published training script, with its defaults. */
export const SCORE_IDENTITY_OPTIONS = {
  /** Largest time at which the scores are compared, in thousandths. */
  tmax: option({
    default: 800,
    check: number({ above: 0, max: 1000 }),
    help: 'largest time at which the scores are compared, in thousandths',
  }),
  /** Scale of the fake score network's loss. */
  ls: option({
    default: 1,
    check: number({ above: 0 }),
    help: "scale of the fake score network's loss",
    flag: { placeholder: 'factor' },
  }),
  /** Scale of the student's loss. */
  lsg: option({
    default: 100,
    check: number({ above: 0 }),
    help: "scale of the student's loss",
    flag: { placeholder: 'factor' },
  }),
  ...SCORE_OPTIONS,
};

/** What a run of SiD and its relatives costs and reports. */
export const SCORE_IDENTITY_RUN = {
  // The gradient reaches the student through the teacher's images, too.
  trains: { networks: 4, trained: 2, activations: 2.25, passes: 11, teacher: { passes: 2, activations: 0.55 } },
  shown: { Score_gap: 'gap', Teacher_distance: 'dist' },
  progress: {
    statistic: 'Score_gap',
    name: 'Score gap',
    about: 'How far the teacher and the fake score network are apart. At 0 the two distributions are one.',
  },
};

/** Options that SiD and its relatives share. */
export type ScoreIdentityOptions = OptionsOf<typeof SCORE_IDENTITY_OPTIONS>;

/** The fake score network's phase: it learns to denoise the student's images. */
export const fakeScorePhase: Phase<ScoreIdentityOptions, FakeScoreInputs> = {
  sigmas: drawLogNormalSigmas,
  loss: (inputs, networks, { ls }) => denoisingScoreMatching(inputs, networks, ls),
  stats: ({ denoising }, { batch }, { ls }) => ({ 'fake_score_Loss/loss': (denoising! * ls) / batch }),
};

/**
 * The student's phase of a method that compares the teacher with the fake score network at noise levels of {@link sidSigmas}.
 * The gradient reaches the student through x_g and, through both frozen networks, through x_t.
 *
 * @param term name of the loss among the phase's terms
 * @param loss the method's loss of the compared images
 */
export function identityPhase<O extends ScoreIdentityOptions>(
  term: string,
  loss: (images: ComparedImages, options: O) => WeightedLoss,
): Phase<O, GeneratorInputs> {
  return {
    sigmas: (rng, n, { tmax }) => sidSigmas(rng.uniform(n), tmax),
    loss(inputs, networks, options) {
      const images = compareScores(inputs, networks);
      const { loss: values, weight, valid } = loss(images, options);
      return { terms: { [term]: { values, scale: options.lsg } }, measures: diagnostics(images, weight, valid) };
    },
    stats: ({ [term]: sum, ...sums }, { batch }, { lsg }) => ({
      'G_Loss/loss': averageLoss(sum! * lsg, sums, batch),
      ...averageDiagnostics(sums, batch),
    }),
  };
}

/** The student's images, and what the two networks, in evaluation mode, make of their noisy versions. */
function compareScores({ xg, xt, sigma, labels }: GeneratorInputs, { teacher, fakeScore }: Networks): ComparedImages {
  fakeScore.module.eval();
  return { xg, fPhi: teacher.denoise(xt, sigma, { labels }), fPsi: fakeScore.denoise(xt, sigma, { labels }) };
}
