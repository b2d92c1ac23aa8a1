import { defineMethod, number, oneOf, option, type OptionsOf } from '@onestep/diffusion-core';
import { ScoreDistillation } from '@onestep/score-distillation';
import { SCORE_IDENTITY_OPTIONS, SCORE_IDENTITY_RUN } from '../score-identity.js';
import { ADVERSARIAL_OPTIONS } from '../sida/adversarial-options.js';
import { ADVERSARIAL_COST, discriminatorOf } from '../sida/discriminator-phase.js';
import { UNI_DIVERGENCES, type UniDivergence } from './divergences.js';
import { UNI_INSTRUCT_PRESETS } from './presets.js';
import { dataFreeUniInstructStep, uniInstructStep } from './step.js';

/** Options of Uni-Instruct, with the published defaults; the bounds of the ratio are those of f-distill. */
export const UNI_INSTRUCT_OPTIONS = {
  /** The f-divergence between the data and the student's images. */
  divergence: option<UniDivergence>({
    default: 'kl',
    check: oneOf(UNI_DIVERGENCES),
    help: 'f-divergence to minimize: kl, js, jf, chi2, sh, or rkl, which needs no images',
  }),
  /** Smallest density ratio. */
  ratioLower: option({ default: 0.1, check: number({ above: 0, max: 1 }), help: 'smallest density ratio' }),
  /** Largest density ratio. */
  ratioUpper: option({ default: 20, check: number({ min: 1 }), help: 'largest density ratio' }),
  ...SCORE_IDENTITY_OPTIONS,
  ...ADVERSARIAL_OPTIONS,
};

/** Options of Uni-Instruct. */
export type UniInstructOptions = OptionsOf<typeof UNI_INSTRUCT_OPTIONS>;

const needsDiscriminator = ({ divergence }: UniInstructOptions): boolean => divergence !== 'rkl';

/**
 * Uni-Instruct (Wang et al. 2025): the student minimizes an f-divergence that is expanded along the diffusion. Its gradient is
 * that of score implicit matching, with each sample weighted by f''(r) r^2. A discriminator like SiDA's estimates the density
 * ratio r, and pulls the student too.
 */
export const uniInstruct = defineMethod({
  name: 'uni-instruct',
  title: 'Uni-Instruct',
  paper: 'f-divergences along the diffusion, Wang et al. 2025',
  about: 'SiD, with each image weighted by how much more likely it is in the data, which a discriminator estimates.',
  options: UNI_INSTRUCT_OPTIONS,
  presets: UNI_INSTRUCT_PRESETS,
  needs: ['images'],
  needsWith: (options) => (needsDiscriminator(options) ? ['images'] : []),
  ...SCORE_IDENTITY_RUN,
  trainsWith: (options) => (needsDiscriminator(options) ? ADVERSARIAL_COST : SCORE_IDENTITY_RUN.trains),
  tag: ({ divergence, glr, lr, lsg, lsd, lsgGan, initSigma, batch, tmax }, precision) =>
    `${divergence}-glr${glr}-lr${lr}-lsg${lsg}-lsd${lsd}-lsggan${lsgGan}-initsigma${initSigma}-batch${batch}-tmax${tmax}-${precision}`,
  severalSteps: true,
  ownLatents: true,
  create(args) {
    if (!needsDiscriminator(args.options)) {
      return new ScoreDistillation<UniInstructOptions>(dataFreeUniInstructStep, args);
    }
    const instead = 'take the divergence that needs no discriminator (divergence must be rkl)';
    discriminatorOf(args.fakeScore ?? args.teacher, instead);
    return new ScoreDistillation<UniInstructOptions>(uniInstructStep, args);
  },
});
