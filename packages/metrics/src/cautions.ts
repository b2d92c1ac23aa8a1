import type { Metric } from './catalogue/metric.js';
import type { FeatureExtractor } from './feature-extractor.js';
import type { ReferenceStatistics } from './reference.js';

/** What published numbers are over. */
const PUBLISHED = '50,000';
/** Images below which FID is far too high: the number of Inception's features. */
const MIN_FID = 2048;

/** What happens to a kind of metric with few images. The first name that a metric's begins with counts. */
const FEW: readonly { prefix: string; below: (dim: number) => number; text: string }[] = [
  {
    prefix: 'fid',
    below: (dim) => Math.max(MIN_FID, dim),
    text: 'FID is biased below about 2,048 images (too high), and still a little below 10,000',
  },
  {
    prefix: 'sfid',
    below: (dim) => Math.max(MIN_FID, dim),
    text: 'sFID is biased below about 2,048 images (too high)',
  },
  { prefix: 'kid', below: () => 1000, text: 'KID is not biased, but uncertain; published subsets have 1,000 images' },
  { prefix: 'is', below: () => 5000, text: 'the Inception Score is too low with few images' },
  { prefix: 'pr', below: () => 5000, text: 'precision and recall depend on the number of images, generated and real' },
];

/**
 * Says what is wrong with numbers over few images: one line for each kind of metric, and one for a small reference.
 *
 * @param metrics that are measured
 * @param featureDim length of the detector's feature vectors
 * @param reference the statistics that images are compared with, if any
 */
export function cautionFewImages(
  metrics: readonly Metric[],
  { featureDim }: Pick<FeatureExtractor, 'featureDim'>,
  reference: ReferenceStatistics | null,
): string[] {
  const lines = FEW.flatMap(({ prefix, below, text }) => {
    const few = metrics.filter(({ name, numImages }) => name.startsWith(prefix) && numImages < below(featureDim));
    if (few.length === 0) return [];
    const counts = [...new Set(few.map(({ numImages }) => numImages))].join(', ');
    return [
      `${few.map(({ name }) => name).join(', ')}: few images (${counts}, published numbers are over ${PUBLISHED}): ${text}. ` +
        'Compare only numbers over as many images.',
    ];
  });
  const needsReference = metrics.some(({ family }) => family.comparesWith !== 'nothing');
  const size = reference?.numImages ?? null;
  if (needsReference && size !== null && size < Math.max(MIN_FID, featureDim)) {
    lines.push(`The reference ${reference!.name} has only ${size} images, which makes FID too high as well.`);
  }
  return lines;
}
