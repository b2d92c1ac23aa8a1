import type { OpenedGenerator } from '@onestep/diffusion-core';
import { ConsistencyGenerator } from '../consistency-generator.js';

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
  openGenerator: ({ network, record }: OpenedGenerator) =>
    new ConsistencyGenerator(network, {
      initSigma: record.initSigma,
      boundary: record.boundary as number,
      clipsSteps: true,
    }),
};
