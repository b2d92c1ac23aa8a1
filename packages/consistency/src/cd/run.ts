import type { OpenedGenerator } from '@onestep/diffusion-core';
import { openConsistencyGenerator } from '../consistency-generator.js';

/** Why a method without a teacher in its loss has no guidance. */
export const NO_TEACHER =
  'Its loss does not ask the teacher, which guidance would guide: choose a method whose loss does, such as cd, scm or sid.';

/** What CD, CT and iCT say of themselves alike. */
export const CONSISTENCY_RUN = {
  needs: ['images' as const],
  shown: { 'Loss/loss': 'loss', Consistency_gap: 'gap', Noise_levels: 'levels' },
  progress: {
    statistic: 'Consistency_gap',
    name: 'Consistency gap',
    about:
      'Root mean square of the difference of the student’s images of two neighboring points on a path. It grows with the distance ' +
      'of the points.',
  },
  severalSteps: true,
  openGenerator: (file: OpenedGenerator) => openConsistencyGenerator(file, { clipsSteps: true }),
};
