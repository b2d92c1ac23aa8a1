import { defineMethod, number, option, type OptionsOf } from '@onestep/diffusion-core';
import {
  averageDiagnostics,
  denoisingScoreMatching,
  diagnostics,
  drawLogNormalSigmas,
  SCORE_OPTIONS,
  ScoreDistillation,
  type ScoreStep,
} from '@onestep/score-distillation';
import { sidGeneratorLoss } from './generator-loss.js';
import { sidSigmas } from './noise-schedule.js';
import { SID_PRESETS, SID_SNAPSHOT_TICKS } from './presets.js';

/** Options of SiD under the names of the published training script, with its defaults. */
export const SID_OPTIONS = {
  /** Weight of the naive loss that is subtracted. */
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

/** What SiD differs in from the other methods with a fake score network. */
export const sidStep: ScoreStep<SidOptions> = {
  name: 'sid',
  fakeScore: {
    sigmas: drawLogNormalSigmas,
    loss: (inputs, networks, { ls }) => denoisingScoreMatching(inputs, networks, ls),
    stats: ({ denoising }, { batch }, { ls }) => ({ 'fake_score_Loss/loss': (denoising! * ls) / batch }),
  },
  generator: {
    // t ~ U(0, tmax / 1000)
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
      'G_Loss/loss': (sid! * lsg) / batch,
      ...averageDiagnostics(sums, batch),
    }),
  },
  record: ({ alpha }) => ({ alpha }),
  snapshotTag: ({ alpha }) => alpha.toFixed(6),
};

/**
 * Score identity distillation (Zhou et al. 2024): turns a teacher into a one-step generator x_g = G(sigma_init z)
 * without data. In turns, a fake score network f_psi learns to denoise the student's images, and the student learns from
 * the difference between f_psi and the teacher f_phi.
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
  shown: { Score_gap: 'gap', Teacher_distance: 'dist' },
  progress: {
    statistic: 'Score_gap',
    name: 'Score gap',
    about: 'How far the teacher and the fake score network are apart. At 0 the two distributions are one.',
  },
  tag: ({ glr, lr, initSigma, alpha, batch, tmax }) =>
    `glr${glr}-lr${lr}-initsigma${initSigma}-alpha${alpha}-batch${batch}-tmax${tmax}-fp32`,
  snapshotTicks: SID_SNAPSHOT_TICKS,
  create: (args) => new ScoreDistillation<SidOptions>(sidStep, args),
});
