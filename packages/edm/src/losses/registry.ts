import { edmLoss } from './edm-loss.js';
import type { TrainingLoss } from './training-loss.js';
import { veLoss } from './ve-loss.js';
import { vpLoss } from './vp-loss.js';

/** The losses that networks can be trained with here, by the name of the preconditioning they belong to. */
export const TRAINING_LOSSES = { edm: edmLoss, vp: vpLoss, ve: veLoss } as const satisfies Record<
  string,
  () => TrainingLoss
>;
