import { FeatureStatistics } from '../feature-statistics.js';
import { frechetDistance } from '../frechet-distance.js';
import { precisionRecall } from '../precision-recall.js';
import { roundToHalf } from '../round-to-half.js';

/** A group of images by a condition that generated and real images share, such as a class or a word of the caption. */
export interface ConditionGroup {
  name: string;
  /** Which of the generated images belong to it. */
  generated: readonly number[];
  /** Which of the real images belong to it. */
  real: readonly number[];
}

/** The figures of one {@link ConditionGroup}. */
export interface GroupFigures {
  name: string;
  /** Number of generated images. */
  numImages: number;
  /** Number of real images. */
  numReals: number;
  /** FID between the two, covariances divided by N, as `fid_full`; null where one of them has fewer than 2 images. */
  fid: number | null;
  /** Precision and recall by the third neighbor, as `pr3_full`; null where one of them has 3 images or fewer. */
  precision: number | null;
  recall: number | null;
}

/** Arguments of {@link measureGroups}. */
export interface MeasureGroupsArgs {
  groups: readonly ConditionGroup[];
  /** Features of the generated images, [count, dim]. */
  generated: Float32Array;
  /** Features of the real images, [count, dim]. */
  real: Float32Array;
  /** Length of a feature vector. */
  dim: number;
  /** Called after each group. */
  onProgress?: (done: number, total: number) => void;
  /** Stops between two groups, by throwing the signal's reason. */
  signal?: AbortSignal;
}

const NEIGHBOR = 3;

/**
 * FID, precision and recall of each group of images against the real images of the same group: with classes, the intra-FID of
 * Miyato & Koyama (2018, "cGANs with projection discriminator"). Unlike the figures of all images together, they notice a
 * network that makes good images of another condition than it was given. A group may overlap with others.
 *
 * @throws RangeError if a group names an image that is not there
 */
export async function measureGroups(args: MeasureGroupsArgs): Promise<GroupFigures[]> {
  const { groups, generated, real, dim, onProgress, signal } = args;
  const figures: GroupFigures[] = [];
  for (const group of groups) {
    signal?.throwIfAborted();
    const { name } = group;
    const [made, taken] = [rowsAt(generated, dim, group.generated), rowsAt(real, dim, group.real)];
    const [numImages, numReals] = [group.generated.length, group.real.length];
    const few = Math.min(numImages, numReals);
    const pr =
      few > NEIGHBOR
        ? await precisionRecall(roundToHalf(taken), roundToHalf(made), dim, { k: NEIGHBOR })
        : NOT_MEASURED;
    const fid = few < 2 ? null : frechetDistance(momentsOf(made, dim), momentsOf(taken, dim));
    figures.push({ name, numImages, numReals, fid, ...pr });
    onProgress?.(figures.length, groups.length);
  }
  return figures;
}

const NOT_MEASURED = { precision: null, recall: null };

/**
 * Says which groups have too few images for their FID.
 *
 * @param dim length of a feature vector: a covariance of as many images or fewer is singular
 * @returns null if all have enough
 */
export function cautionFewInGroups(figures: readonly GroupFigures[], dim: number): string | null {
  const few = figures.filter(({ numImages, numReals }) => Math.min(numImages, numReals) <= dim);
  if (few.length === 0) return null;
  const named = few.slice(0, LISTED).map(({ name, numImages, numReals }) => `${name} (${numImages}, ${numReals} real)`);
  const all = few.length > LISTED ? [...named, `and ${few.length - LISTED} more`] : named;
  return (
    `Too few images for FID, which is far too high with as many images as features (${dim}) or fewer: ${all.join(', ')}. ` +
    'Compare such figures only over as many images of the same groups.'
  );
}

/** Groups that are listed by name. */
const LISTED = 8;

function momentsOf(features: Float32Array, dim: number) {
  const statistics = new FeatureStatistics(dim);
  statistics.add(features, features.length / dim);
  return statistics.moments({ divisor: 'n' });
}

function rowsAt(features: Float32Array, dim: number, indices: readonly number[]): Float32Array {
  const rows = new Float32Array(indices.length * dim);
  for (const [at, index] of indices.entries()) {
    if (!(Number.isInteger(index) && index >= 0 && (index + 1) * dim <= features.length)) {
      throw new RangeError(`A group has the image ${index}, and there are ${features.length / dim}.`);
    }
    rows.set(features.subarray(index * dim, (index + 1) * dim), at * dim);
  }
  return rows;
}
