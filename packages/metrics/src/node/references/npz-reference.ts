import { parseJson, toFloat32 } from '@onestep/checkpoint';
import type { openNpz } from '@onestep/checkpoint/node';
import type { ReferenceStatistics } from '../../reference.js';
import { momentsOf, momentsOfFeatures } from './moments.js';
import { findDetector, type Provenance } from './provenance.js';
import { nameOf, type Reference } from './reference-in-file.js';

/** The array in our `.npz` files that holds name, detector and number of images, as UTF-8 JSON. */
export const ABOUT = 'onestep';

/** Names of arrays with the features of each image: clean-fid's, score_sde's, and the plain word. */
const FEATURES = ['feats', 'pool_3', 'features'];

type Arrays = Awaited<ReturnType<typeof openNpz>>;

/**
 * Statistics in the arrays of an `.npz` file, of which there is one kind.
 *
 * @throws naming the file if it has neither moments nor features
 */
export function referencesInNpz(arrays: Arrays, path: string, provenance: Provenance): Reference[] {
  const moments = momentsOf(arrays.mu, arrays.sigma);
  if (moments === null) return [referenceOfFeatures(arrays, path, provenance)];
  const spatial = momentsOf(arrays.mu_s, arrays.sigma_s);
  const name = nameOf(path);
  const about = arrays[ABOUT];
  const origin =
    about === undefined
      ? { name, numImages: null, ...findDetector(name, moments.mean.length, path, provenance) }
      : parseAbout(about.data as Uint8Array, path);
  return [{ statistics: { ...origin, ...moments, ...(spatial !== null && { spatial }) }, features: null }];
}

function referenceOfFeatures(arrays: Arrays, path: string, provenance: Provenance): Reference {
  const array = FEATURES.map((name) => arrays[name]).find((each) => each?.shape.length === 2);
  if (array === undefined) {
    const names = Object.keys(arrays).slice(0, 8).join(', ');
    throw new Error(
      `${path} is not a file of reference statistics: expected arrays mu [d] and sigma [d, d], or features [n, d] as ` +
        `${FEATURES.join(', ')}; it has ${names === '' ? 'no arrays' : names}. "onestep metrics ref" computes statistics of images.`,
    );
  }
  const features = toFloat32(array).slice();
  const { count, ...moments } = momentsOfFeatures(features, array.shape[1]!);
  const name = nameOf(path);
  const statistics = {
    name,
    numImages: count,
    divisor: 'n-1' as const,
    ...moments,
    ...findDetector(name, moments.mean.length, path, provenance),
  };
  return { statistics, features };
}

function parseAbout(
  bytes: Uint8Array,
  path: string,
): Pick<ReferenceStatistics, 'name' | 'detector' | 'numImages' | 'divisor' | 'resizing'> {
  try {
    const { name, detector, numImages, divisor, resizing } = parseJson(new TextDecoder().decode(bytes)) as Record<
      string,
      unknown
    >;
    if (
      typeof name === 'string' &&
      typeof detector === 'string' &&
      (numImages === null || typeof numImages === 'number')
    ) {
      return {
        name,
        detector,
        numImages,
        ...((divisor === 'n' || divisor === 'n-1') && { divisor }),
        ...(typeof resizing === 'string' && { resizing }),
      };
    }
  } catch {
    // The error below names the file.
  }
  throw new Error(`${path}: the array ${ABOUT} does not hold the name, detector and number of images.`);
}
