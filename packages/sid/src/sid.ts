import * as tf from '@tensorflow/tfjs-core';
import {
  defineMethod,
  karrasSigmaAt,
  number,
  option,
  perImage,
  withoutGradient,
  type OptionsOf,
} from '@onestep/diffusion-core';
import {
  averageDiagnostics,
  averageLoss,
  denoisingScoreMatching,
  diagnostics,
  drawLogNormalSigmas,
  maskSamples,
  SCORE_OPTIONS,
  ScoreDistillation,
  validSamples,
  type ComparedImages,
  type ScoreStep,
} from '@onestep/score-distillation';
import { SID_PRESETS, SID_SNAPSHOT_TICKS } from './presets.js';

/** Input of {@link sidGeneratorLoss}. Gradients flow through all three images. */
export interface SidGeneratorLossArgs extends ComparedImages {
  alpha: number;
}

/** The loss of a micro-batch of N samples, and the two numbers of each sample that statistics need. */
export interface SidGeneratorLoss {
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
 * The SiD loss of each pixel, omega (L_2 - alpha L_1), Eq. (22), Zhou et al. 2024, where
 *
 *     L_1 = |f_phi - f_psi|^2                  the naive loss: the squared difference of the scores
 *     L_2 = (f_phi - f_psi)'(f_phi - x_g)      projected score matching: one of the two factors by a score identity
 *
 * and omega = 1 / mean |x_g - f_phi|, over the pixels of a sample. Eq. (23) is the same loss in the form
 * omega ((1 - alpha) L_1 + (f_phi - f_psi)'(f_psi - x_g)).
 */
export function sidGeneratorLoss({ alpha, ...images }: SidGeneratorLossArgs): SidGeneratorLoss {
  return tf.tidy(() => {
    const valid = validSamples(images);
    const { xg, fPhi, fPsi } = maskSamples(images, valid);
    const difference = meanDifferences({ xg, fPhi });
    // (f_phi - f_psi) [(f_phi - x_g) - alpha (f_phi - f_psi)], Eq. (22), Zhou et al. 2024
    const gap = tf.sub(fPhi, fPsi);
    const product = tf.mul(gap, tf.sub(tf.sub(fPhi, xg), tf.mul(gap, alpha)));
    const loss = tf.div(product, perImage(difference)) as tf.Tensor4D;
    return { loss, weight: tf.div(1, difference) as tf.Tensor1D, valid };
  });
}

/**
 * The mean of |x_g - f_phi| over the pixels of each sample, and at least 1e-5: the loss of a sample is divided by it.
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

/** What SiD adds to the loop that it shares with the other methods with a fake score network. */
export const sidStep: ScoreStep<SidOptions> = {
  name: 'sid',
  fakeScore: {
    sigmas: drawLogNormalSigmas,
    loss: (inputs, networks, { ls }) => denoisingScoreMatching(inputs, networks, ls),
    stats: ({ denoising }, { batch }, { ls }) => ({ 'fake_score_Loss/loss': (denoising! * ls) / batch }),
  },
  generator: {
    sigmas: (rng, n, { tmax }) => sidSigmas(rng.uniform(n), tmax),
    // The gradient reaches the student through x_g and, through both frozen networks, through x_t.
    loss({ xg, xt, sigma, labels }, { teacher, fakeScore }, { alpha, lsg }) {
      fakeScore.module.eval();
      const fPhi = teacher.denoise(xt, sigma, { labels });
      const fPsi = fakeScore.denoise(xt, sigma, { labels });
      const { loss, weight, valid } = sidGeneratorLoss({ xg, fPhi, fPsi, alpha });
      return { terms: { sid: { values: loss, scale: lsg } }, measures: diagnostics({ xg, fPhi, fPsi }, weight, valid) };
    },
    stats: ({ sid, ...sums }, { batch }, { lsg }) => ({
      'G_Loss/loss': averageLoss(sid! * lsg, sums, batch),
      ...averageDiagnostics(sums, batch),
    }),
  },
  halfPrecisionEpsilon: 1e-6,
  record: ({ alpha }) => ({ alpha }),
};

/** Options of SiD under the names of the published training script, with its defaults. */
export const SID_OPTIONS = {
  /** Weight of the naive loss L_1, which is subtracted. */
  alpha: option({
    default: 1.2,
    check: number(),
    help: 'weight of the subtracted naive loss; 1.2 was published as the best, 1.0 is safer',
  }),
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

/** Options of SiD. */
export type SidOptions = OptionsOf<typeof SID_OPTIONS>;

/**
 * Score identity distillation (Zhou et al. 2024): turns a teacher into a one-step generator x_g = G(sigma_init z)
 * without data. In each iteration a fake score network f_psi learns to denoise the student's images, and the student
 * learns from the difference between f_psi and the teacher f_phi.
 */
export const sid = defineMethod({
  name: 'sid',
  title: 'SiD',
  paper: 'score identity distillation, Zhou et al. 2024',
  about: 'Two score networks, the teacher and one of the student’s images, are compared through score identities.',
  options: SID_OPTIONS,
  presets: SID_PRESETS,
  variants: { 'sid-0.5': { alpha: 0.5 }, 'sid-1.0': { alpha: 1 }, 'sid-1.2': { alpha: 1.2 } },
  needs: [],
  trains: { networks: 4, trained: 2, activations: 2.1, passes: 11 },
  shown: { Score_gap: 'gap', Teacher_distance: 'dist' },
  progress: {
    statistic: 'Score_gap',
    name: 'Score gap',
    about: 'How far the teacher and the fake score network are apart. At 0 the two distributions are one.',
  },
  tag: ({ glr, lr, initSigma, alpha, batch, tmax }, precision) =>
    `glr${glr}-lr${lr}-initsigma${initSigma}-alpha${alpha}-batch${batch}-tmax${tmax}-${precision}`,
  snapshotTicks: SID_SNAPSHOT_TICKS,
  create: (args) => new ScoreDistillation<SidOptions>(sidStep, args),
});
