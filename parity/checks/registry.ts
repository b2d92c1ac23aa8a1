import type { Check } from '../check.js';
import { checkpoints } from './checkpoints.js';
import { consistencySampling } from './consistency-sampling.js';
import { consistencyTraining } from './consistency-training.js';
import { datasets } from './datasets.js';
import { diffInstructTraining } from './diff-instruct-training.js';
import { dmd2Training } from './dmd2-training.js';
import { ectTraining } from './ect-training.js';
import { fDistillTraining } from './f-distill-training.js';
import { inception } from './inception.js';
import { kdTraining } from './kd-training.js';
import { losses } from './losses.js';
import { meanFlowTraining } from './mean-flow-training.js';
import { metrics } from './metrics.js';
import { networksFull } from './networks-full.js';
import { networks } from './networks.js';
import { pickles } from './pickles.js';
import { radam } from './radam.js';
import { samplers } from './samplers.js';
import { scmTraining } from './scm-training.js';
import { sidTraining } from './sid-training.js';
import { sidaTraining } from './sida-training.js';
import { stylegan2Discriminators } from './stylegan2-discriminators.js';
import { stylegan2Generators } from './stylegan2-generators.js';
import { stylegan2Noise } from './stylegan2-noise.js';
import { stylegan2Augmentation } from './stylegan2-augmentation.js';
import { stylegan2Training } from './stylegan2-training.js';
import { tcmTraining } from './tcm-training.js';

/** All checks. A new check is one file in this folder and one line here. */
export const CHECKS: readonly Check[] = [
  networks,
  networksFull,
  losses,
  samplers,
  consistencySampling,
  checkpoints,
  pickles,
  diffInstructTraining,
  sidTraining,
  dmd2Training,
  fDistillTraining,
  sidaTraining,
  kdTraining,
  consistencyTraining,
  ectTraining,
  tcmTraining,
  scmTraining,
  meanFlowTraining,
  stylegan2Generators,
  stylegan2Noise,
  stylegan2Discriminators,
  stylegan2Augmentation,
  stylegan2Training,
  radam,
  metrics,
  inception,
  datasets,
];
