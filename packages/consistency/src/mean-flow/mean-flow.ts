import { defineMethod, isVelocityNetwork } from '@onestep/diffusion-core';
import { derivativeCost } from '../training/derivative-cost.js';
import { checkGuidedPath } from '../training/options.js';
import { StudentTraining } from '../training/student-training.js';
import { MeanFlowGenerator } from './mean-flow-generator.js';
import { MEAN_FLOW_OPTIONS, type MeanFlowOptions } from './options.js';
import { MEAN_FLOW_PRESETS } from './presets.js';
import { meanFlowStep } from './step.js';

/**
 * MeanFlow (Geng et al. 2025): the student is a network of two times, the average velocity of a path between them. It learns the
 * identity u = v - (t - r) du / dt of the average velocity u and the velocity v, which is that of the data or the teacher's.
 */
export const meanFlow = defineMethod({
  name: 'mean-flow',
  title: 'MeanFlow',
  paper: 'mean flows for one-step generative modeling, Geng et al. 2025',
  about: 'The student learns the average velocity of a path between two times, by its derivative along the path.',
  options: MEAN_FLOW_OPTIONS,
  presets: MEAN_FLOW_PRESETS,
  variants: { 'mean-flow': {}, 'mean-flow-scratch': { useCd: false, scratch: true } },
  needs: ['images'],
  trainsWith: derivativeCost,
  shown: { 'Loss/loss': 'loss', Velocity_error: 'error' },
  progress: {
    statistic: 'Velocity_error',
    name: 'Velocity error',
    about:
      'Root mean square of the student’s average velocity minus its target. Along the data’s velocity most of it is the spread of the images.',
  },
  tag: ({ useCd, scratch, lr, initSigma, batch }, precision) =>
    `${useCd ? 'cd-' : ''}${scratch ? 'scratch-' : ''}lr${lr}-initsigma${initSigma}-batch${batch}-${precision}`,
  check: checkGuidedPath,
  severalSteps: true,
  openGenerator({ network, record }) {
    if (isVelocityNetwork(network)) return new MeanFlowGenerator(network, record.initSigma);
    throw new RangeError('The file says that it is a generator of MeanFlow, and its network has no second time.');
  },
  create: (args) => new StudentTraining<MeanFlowOptions, MeanFlowGenerator>(meanFlowStep, args),
});
