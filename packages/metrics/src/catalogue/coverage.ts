import { roundToHalf } from '../half-precision.js';
import { precisionRecall } from '../precision-recall.js';
import { VGG16_DETECTOR } from '../vgg16/vgg16-extractor.js';
import type { MetricFamily } from './metric.js';

const NEIGHBOUR = 3;

/** What sets variants apart, beside their names' endings. */
interface CoverageOptions {
  ending: string;
  /** Real images, at most, of so many generated ones. */
  maxReal: (generated: number) => number;
  precision: 'half' | 'single';
  /** Whether the features are those of VGG16. */
  vgg16: boolean;
  /** The rest in words. */
  where: string;
}

function coverage({ ending, maxReal, precision, vgg16, where }: CoverageOptions): MetricFamily {
  const prepare = precision === 'half' ? roundToHalf : (features: Float32Array) => features;
  return {
    affixes: ['pr', `${NEIGHBOUR}${ending}`],
    variant:
      `precision and recall by the third nearest neighbour, features of ${vgg16 ? 'VGG16' : 'this detector'} in ${precision} ` +
      `precision, ${where}`,
    better: 'highest',
    comparesWith: 'features',
    keeps: 'features',
    minImages: NEIGHBOUR + 1,
    detector: vgg16 ? { only: VGG16_DETECTOR } : { not: VGG16_DETECTOR },
    compute: async (name, { features, statistics: { dim, count } }, reference) => {
      const real = prepare(reference.features!.subarray(0, maxReal(count) * dim));
      const found = await precisionRecall(real, prepare(features!), dim, { k: NEIGHBOUR });
      return { [`${name}_precision`]: found.precision, [`${name}_recall`]: found.recall };
    },
  };
}

const half = { precision: 'half', vgg16: false } as const;

export const prFull = coverage({
  ...half,
  ending: '_full',
  maxReal: () => 200_000,
  where: 'up to 200,000 real images (SiD)',
});
export const prVgg = coverage({
  ...half,
  ending: '_vgg16',
  maxReal: () => 200_000,
  vgg16: true,
  where: "up to 200,000 real images (StyleGAN's metrics, Diff-Instruct)",
});
export const prLegacy = coverage({
  ...half,
  ending: '',
  maxReal: (generated) => generated,
  vgg16: true,
  where: "as many of the first real images (StyleGAN's older metrics)",
});
export const prAdm = coverage({
  ending: '_adm',
  maxReal: () => 10_000,
  precision: 'single',
  vgg16: false,
  where: "the first 10,000 real images (ADM's evaluator)",
});
