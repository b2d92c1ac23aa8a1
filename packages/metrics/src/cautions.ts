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
    text: 'biased below about 2,048 images (too high), and still a little below 10,000',
  },
  {
    prefix: 'sfid',
    below: (dim) => Math.max(MIN_FID, dim),
    text: 'biased below about 2,048 images (too high)',
  },
  { prefix: 'kid', below: () => 1000, text: 'not biased, but uncertain (published subsets have 1,000 images)' },
  { prefix: 'is', below: () => 5000, text: 'too low' },
  { prefix: 'pr', below: () => 5000, text: 'depend on the number of images, generated and real' },
];

/**
 * Says what is wrong with numbers over few images, in one line.
 *
 * @param metrics that are measured
 * @param featureDim length of the detector's feature vectors
 * @param reference the statistics that images are compared with, if any
 * @returns null if there are enough, also in the reference
 */
export function cautionFewImages(
  metrics: readonly Metric[],
  { featureDim }: Pick<FeatureExtractor, 'featureDim'>,
  reference: ReferenceStatistics | null,
): string | null {
  const counts = new Set<number>();
  const clauses = FEW.flatMap(({ prefix, below, text }) => {
    const few = metrics.filter(({ name, numImages }) => name.startsWith(prefix) && numImages < below(featureDim));
    for (const { numImages } of few) counts.add(numImages);
    return few.length === 0 ? [] : [`${few.map(({ name }) => name).join(', ')}: ${text}`];
  });
  const needsReference = metrics.some(({ family }) => family.comparesWith !== 'nothing');
  const size = reference?.numImages ?? null;
  if (needsReference && size !== null && size < Math.max(MIN_FID, featureDim)) {
    clauses.push(`the reference ${reference!.name} has only ${size}, which makes FID too high as well`);
  }
  if (clauses.length === 0) return null;
  const number = counts.size === 0 ? '' : `${[...counts].join(', ')}; `;
  return `Few images (${number}published numbers are over ${PUBLISHED}), compare only numbers over as many: ${clauses.join('; ')}.`;
}
