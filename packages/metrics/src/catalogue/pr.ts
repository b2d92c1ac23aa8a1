import { precisionRecall } from '../precision-recall.js';
import { roundToHalf } from '../round-to-half.js';
import { VGG16_DETECTOR } from '../vgg16/vgg16-extractor.js';
import type { MetricFamily } from './metric.js';

const NEIGHBOR = 3;

/** The differences between the variants of precision and recall. */
interface PrecisionRecallVariant {
  /** The end of the name. */
  ending: string;
  /** Largest number of real images, given the number of generated ones. */
  maxReal: (generated: number) => number;
  precision: 'half' | 'single';
  /** Whether the features are those of VGG16. */
  vgg16: boolean;
  /** The real images and the source, in words. */
  source: string;
}

function precisionRecallMetric({ ending, maxReal, precision, vgg16, source }: PrecisionRecallVariant): MetricFamily {
  const prepare = precision === 'half' ? roundToHalf : (features: Float32Array) => features;
  return {
    affixes: ['pr', `${NEIGHBOR}${ending}`],
    variant:
      `precision and recall by the third nearest neighbor, features of ${vgg16 ? 'VGG16' : 'this detector'} in ${precision} ` +
      `precision, ${source}`,
    better: 'highest',
    comparesWith: 'features',
    keeps: 'features',
    minImages: NEIGHBOR + 1,
    detector: vgg16 ? { only: VGG16_DETECTOR } : { not: VGG16_DETECTOR, instead: `pr50k${NEIGHBOR}_vgg16` },
    compute: async (name, { features, statistics: { dim, count } }, reference) => {
      const real = prepare(reference.features!.subarray(0, maxReal(count) * dim));
      const { precision, recall } = await precisionRecall(real, prepare(features!), dim, { k: NEIGHBOR });
      return { [`${name}_precision`]: precision, [`${name}_recall`]: recall };
    },
  };
}

const half = { precision: 'half', vgg16: false } as const;

export const prFull = precisionRecallMetric({
  ...half,
  ending: '_full',
  maxReal: () => 200_000,
  source: 'up to 200,000 real images (SiD)',
});
export const prVgg = precisionRecallMetric({
  ...half,
  ending: '_vgg16',
  maxReal: () => 200_000,
  vgg16: true,
  source: "up to 200,000 real images (StyleGAN's metrics, Diff-Instruct)",
});
export const prLegacy = precisionRecallMetric({
  ...half,
  ending: '',
  maxReal: (generated) => generated,
  vgg16: true,
  source: "the first real images, as many as generated ones (StyleGAN's older metrics)",
});
export const prAdm = precisionRecallMetric({
  ending: '_adm',
  maxReal: () => 10_000,
  precision: 'single',
  vgg16: false,
  source: "the first 10,000 real images (ADM's evaluator)",
});
