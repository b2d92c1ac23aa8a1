import { defineMethod, requireOption } from '@onestep/diffusion-core';
import { openConsistencyGenerator, type ConsistencyGenerator } from '../consistency-generator.js';
import { derivativeCost } from '../training/derivative-cost.js';
import { checkGuidedPath } from '../training/options.js';
import { StudentTraining } from '../training/student-training.js';
import { SCM_OPTIONS, type ScmOptions } from './options.js';
import { SCM_PRESETS } from './presets.js';
import { scmStep } from './step.js';

/**
 * sCM (Lu & Song 2024): a continuous-time consistency model. The student's output is made constant along the paths of the
 * probability-flow ODE, by its derivative along them: those of the teacher (sCD), or those of the data (sCT).
 */
export const scm = defineMethod({
  name: 'scm',
  title: 'sCM',
  paper: 'simplified continuous-time consistency models, Lu & Song 2024',
  about: 'The student’s image stops changing along a path of noise levels, by its derivative along the path.',
  options: SCM_OPTIONS,
  presets: SCM_PRESETS,
  variants: { scd: { useCd: true }, sct: { useCd: false } },
  needs: ['images'],
  trainsWith: derivativeCost,
  shown: { 'Loss/loss': 'loss', Tangent_norm: 'tangent' },
  progress: {
    statistic: 'Tangent_norm',
    name: 'Tangent norm',
    about:
      'Root mean square of the tangent: how fast the student’s image still changes along a path. It rises while the derivative’s share does.',
  },
  tag: ({ useCd, lr, initSigma, batch }, precision) =>
    `${useCd ? 'scd' : 'sct'}-lr${lr}-initsigma${initSigma}-batch${batch}-${precision}`,
  check(options) {
    const { sigmaMin, sigmaMax } = options;
    checkGuidedPath(options);
    requireOption(sigmaMin < sigmaMax, `sigmaMin must be below sigmaMax: ${sigmaMin} is not below ${sigmaMax}.`);
  },
  severalSteps: true,
  openGenerator: (file) => openConsistencyGenerator(file),
  create: (args) => new StudentTraining<ScmOptions, ConsistencyGenerator>(scmStep, args),
});
