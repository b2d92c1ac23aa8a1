import { defineMethod, type MethodPreset, type OptionsOf } from '@onestep/diffusion-core';
import { ScoreDistillation, type ScoreStep } from '@onestep/score-distillation';
import { SCORE_IDENTITY_OPTIONS, SCORE_IDENTITY_RUN } from '../score-identity.js';
import { sidStep, type SidOptions } from '../sid.js';

/** Options of FGM. Its published settings are those of flow models. */
export const FGM_OPTIONS = SCORE_IDENTITY_OPTIONS;

/** Options of FGM. */
export type FgmOptions = OptionsOf<typeof FGM_OPTIONS>;

/** With this weight of the naive loss, SiD's gradient is the exact one of the Fisher divergence, once f_psi has converged. */
const EXACT_ALPHA = 0.5;

/** SiD's step with alpha = 1/2. */
export const fgmStep: ScoreStep<SidOptions> = { ...sidStep, name: 'fgm', record: () => ({}) };

const FGM_PRESETS = {
  small: {
    about: 'some thousand images on a CPU: learning rates as for SiD',
    options: { batch: 64, emaHalfLifeKimg: 2, emaRampUpRatio: 0.5, lr: 5e-4, glr: 5e-4 },
  },
  toy: {
    about: 'two-dimensional points, at learning rates at which the student is seen to move',
    // Without a bound on the gradient a spike at such rates throws the points off.
    options: { batch: 256, initSigma: 1, emaRampUpRatio: 0.5, lr: 1e-2, glr: 3e-3, clipGradNorm: 10 },
  },
} satisfies Record<string, MethodPreset<FgmOptions>>;

/**
 * Flow generator matching (Huang et al. 2024) in its form for diffusion models: the student follows the exact gradient of the
 * Fisher divergence from the teacher. The sum of the paper's two losses, |f_phi - f_psi|^2 + 2 (f_phi - f_psi)'(f_psi - x_g)
 * in terms of denoisers, is twice SiD's loss with alpha = 1/2, whose step and weight omega this is.
 */
export const fgm = defineMethod({
  name: 'fgm',
  title: 'FGM',
  paper: 'flow generator matching, Huang et al. 2024',
  about: 'The student follows the exact gradient of the Fisher divergence from the teacher.',
  options: FGM_OPTIONS,
  presets: FGM_PRESETS,
  needs: [],
  ...SCORE_IDENTITY_RUN,
  tag: ({ glr, lr, initSigma, batch, tmax }, precision) =>
    `glr${glr}-lr${lr}-initsigma${initSigma}-batch${batch}-tmax${tmax}-${precision}`,
  severalSteps: true,
  ownLatents: true,
  create: (args) =>
    new ScoreDistillation<SidOptions>(fgmStep, { ...args, options: { ...args.options, alpha: EXACT_ALPHA } }),
});
