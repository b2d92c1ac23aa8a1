import { roundToHalf } from '../half-precision.js';
import { precisionRecall } from '../precision-recall.js';
import type { MetricFamily } from './metric.js';

const NEIGHBOUR = 3;

const coverage = (
  ending: string,
  maxReal: number,
  prepare: (features: Float32Array) => Float32Array,
  variant: string,
): MetricFamily => ({
  affixes: ['pr', ending],
  variant: `precision and recall by the third nearest neighbour, ${variant}`,
  better: 'highest',
  comparesWith: 'features',
  keeps: 'features',
  minImages: NEIGHBOUR + 1,
  compute: async (name, { features, statistics: { dim } }, reference) => {
    const real = prepare(reference.features!.subarray(0, maxReal * dim));
    const { precision, recall } = await precisionRecall(real, prepare(features!), dim, { k: NEIGHBOUR });
    return { [`${name}_precision`]: precision, [`${name}_recall`]: recall };
  },
});

export const prFull = coverage(
  `${NEIGHBOUR}_full`,
  200_000,
  roundToHalf,
  "features of this detector in half precision, up to 200,000 real images (SiD: Inception; StyleGAN's and Diff-Instruct's " +
    'metrics take those of VGG16, and are not comparable)',
);
export const prAdm = coverage(
  `${NEIGHBOUR}_adm`,
  10_000,
  (features) => features,
  "features of this detector in single precision, the first 10,000 real images (ADM's evaluator)",
);
