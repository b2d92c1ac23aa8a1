import { boolean, defineMethod, option, type OptionsOf } from '@onestep/diffusion-core';
import { ScoreDistillation } from '@onestep/score-distillation';
import { SID_SNAPSHOT_TICKS } from '../presets.js';
import { SCORE_IDENTITY_RUN } from '../score-identity.js';
import { SID_OPTIONS, sidStep } from '../sid.js';
import { ADVERSARIAL_OPTIONS } from './adversarial-options.js';
import { ADVERSARIAL_COST, discriminatorOf } from './discriminator-phase.js';
import { SIDA_PRESETS } from './presets.js';
import { sidaStep } from './step.js';

/** Options of SiDA under the names of the published training script, with its defaults; the two gates are constants there. */
export const SIDA_OPTIONS = {
  ...SID_OPTIONS,
  /** Whether there is a discriminator. Without it, the method is SiD and needs no images. */
  useGan: option({
    default: true,
    check: boolean(),
    help: 'learn from real images too; without, this is SiD',
  }),
  ...ADVERSARIAL_OPTIONS,
  /** Once more than this many thousand images were seen, the student's loss is half SiD's and half the discriminator's. */
  ganFromKimg: option({
    ...ADVERSARIAL_OPTIONS.ganFromKimg,
    help: "the discriminator is half of the student's loss after this many thousand images",
  }),
};

/** Options of SiDA. */
export type SidaOptions = OptionsOf<typeof SIDA_OPTIONS>;

/**
 * Adversarial score identity distillation (Zhou et al. 2025): SiD, with a discriminator that is the encoder of the fake score
 * network. It learns from real images too. Started from a student of SiD, it is SiD^2A.
 */
export const sida = defineMethod({
  name: 'sida',
  title: 'SiDA',
  paper: 'adversarial score identity distillation, Zhou et al. 2025',
  about: 'SiD, and a discriminator in the encoder of the fake score network that tells real images from the student’s.',
  options: SIDA_OPTIONS,
  presets: SIDA_PRESETS,
  needs: ['images'],
  needsWith: ({ useGan }) => (useGan ? ['images'] : []),
  trainsWith: ({ useGan }) => (useGan ? ADVERSARIAL_COST : SCORE_IDENTITY_RUN.trains),
  shown: { Score_gap: 'gap', Teacher_distance: 'dist', 'D_Loss/loss': 'D' },
  progress: {
    statistic: 'Score_gap',
    name: 'Score gap',
    about:
      'How far the teacher and the fake score network are apart. The discriminator keeps it above 0: the student follows the ' +
      'real images where the teacher errs.',
  },
  tag: ({ glr, lr, ls, lsg, lsd, lsgGan, initSigma, alpha, batch, tmax, useGan }, precision) =>
    `${useGan ? '' : 'nogan-'}glr${glr}-lr${lr}-ls${ls}-lsg${lsg}-lsd${lsd}-lsggan${lsgGan}-initsigma${initSigma}` +
    `-alpha${alpha}-batch${batch}-tmax${tmax}-${precision}`,
  snapshotTicks: SID_SNAPSHOT_TICKS,
  severalSteps: true,
  ownLatents: true,
  create(args) {
    const { useGan } = args.options;
    if (useGan) {
      discriminatorOf(args.fakeScore ?? args.teacher, 'leave the discriminator out (useGan must be false)');
    }
    const step = useGan ? sidaStep : { ...sidStep, name: sidaStep.name };
    return new ScoreDistillation<SidaOptions>(step, args);
  },
});
