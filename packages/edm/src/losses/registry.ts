import { edmLoss } from './edm-loss.js';
import type { TrainingLoss } from './training-loss.js';
import { veLoss } from './ve-loss.js';
import { vpLoss } from './vp-loss.js';

/** The training losses, by the name of the preconditioning that they belong to. */
export const TRAINING_LOSSES = { edm: edmLoss, vp: vpLoss, ve: veLoss } as const satisfies Record<
  string,
  () => TrainingLoss
>;
