import { number, option, type OptionsOf } from '@onestep/diffusion-core';
import { SCORE_IDENTITY_OPTIONS } from '../score-identity.js';

const factor = (help: string, value: number) =>
  option({ default: value, check: number({ min: 0 }), help, flag: { placeholder: 'factor' } });
const kimg = (help: string, value: number) =>
  option({ default: value, check: number({ min: 0 }), help, flag: { placeholder: 'kimg' } });

/** Options of a method of SiD's family with a discriminator, with the published defaults; the two gates are constants there. */
export const ADVERSARIAL_OPTIONS = {
  /** Scale of the discriminator's loss. */
  lsd: factor("scale of the discriminator's loss", 1),
  /** Scale of the student's loss against the discriminator. */
  lsgGan: factor("scale of the student's loss against the discriminator", 0.01),
  /** The student learns once more than this many thousand images were seen. */
  studentFromKimg: kimg('the student learns after this many thousand images', 100),
  /** The student learns from the discriminator once more than this many thousand images were seen. */
  ganFromKimg: kimg('the student learns from the discriminator after this many thousand images', 200),
  /** As published, the half-life grows also for a student that was trained before. */
  emaRampUpRatio: option({ ...SCORE_IDENTITY_OPTIONS.emaRampUpRatio, continued: undefined }),
};

/** Options of a method of SiD's family with a discriminator. */
export type AdversarialOptions = OptionsOf<typeof SCORE_IDENTITY_OPTIONS & typeof ADVERSARIAL_OPTIONS>;
