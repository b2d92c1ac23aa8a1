import { basename } from 'node:path';
import { openNpz, readSafetensors, writeNpz, writeSafetensors } from '@onestep/checkpoint/node';
import type { GaussianMoments } from '../frechet-distance.js';
import { decodeReference, encodeReference, referenceArrays, type ReferenceStatistics } from '../reference.js';
import { INCEPTION_DETECTOR } from '../inception/inception-extractor.js';
import { INCEPTION_LAYERS } from '../inception/inception-network.js';

/** The array in our `.npz` files that holds name, detector and number of images, as UTF-8 JSON. */
const ABOUT = 'onestep';

/**
 * Reads reference statistics from a safetensors file, or from an `.npz` with `mu` and `sigma` as the published scripts
 * write them. A published `.npz` does not name its detector: 2048 features are assumed to be Inception's.
 *
 * @throws naming the file if it is missing, damaged or not a file of reference statistics
 */
export async function readReference(path: string): Promise<ReferenceStatistics> {
  return path.endsWith('.npz') ? readNpzReference(path) : decodeReference(await readSafetensors(path), path);
}

/**
 * Writes reference statistics. The extension chooses the format: `.npz`, which numpy and the published scripts read, or
 * safetensors for anything else. The file is written to a temporary name and renamed, so a crash leaves either the old
 * file or the new one.
 *
 * @throws if the folder is missing or cannot be written to
 */
export async function writeReference(path: string, reference: ReferenceStatistics): Promise<void> {
  if (!path.endsWith('.npz')) return writeSafetensors(path, encodeReference(reference));
  const { name, detector, numImages } = reference;
  const about = new TextEncoder().encode(JSON.stringify({ name, detector, numImages }));
  const arrays = Object.entries(referenceArrays(reference)).map(([key, { shape, data }]) => [
    key,
    { shape, pieces: [data as Float64Array] },
  ]);
  return writeNpz(path, { ...Object.fromEntries(arrays), [ABOUT]: { shape: [about.length], pieces: [about] } });
}

async function readNpzReference(path: string): Promise<ReferenceStatistics> {
  const arrays = await openNpz(path);
  const moments = momentsIn(arrays, '');
  if (moments === null) {
    throw new Error(`${path} is not a file of reference statistics: expected arrays mu [d] and sigma [d, d].`);
  }
  const spatial = momentsIn(arrays, '_s');
  const statistics = spatial === null ? moments : { ...moments, spatial };
  const about = arrays[ABOUT];
  if (about !== undefined) return { ...parseAbout(about.data as Uint8Array, path), ...statistics };
  const dim = moments.mean.length;
  if (dim !== INCEPTION_LAYERS['2048']) {
    throw new Error(
      `${path} has statistics of ${dim} features and does not name the detector; only 2048 features are assumed to be ` +
        'Inception\'s. Make a reference with "onestep metrics ref".',
    );
  }
  return { name: basename(path, '.npz'), detector: INCEPTION_DETECTOR, numImages: null, ...statistics };
}

function momentsIn(arrays: Awaited<ReturnType<typeof openNpz>>, ending: string): GaussianMoments | null {
  const [mu, sigma] = [arrays[`mu${ending}`], arrays[`sigma${ending}`]];
  const dim = mu?.shape[0];
  if (mu?.shape.length !== 1 || sigma?.shape.join() !== [dim, dim].join()) return null;
  return { mean: Float64Array.from(mu.data, Number), covariance: Float64Array.from(sigma.data, Number) };
}

function parseAbout(bytes: Uint8Array, path: string): Pick<ReferenceStatistics, 'name' | 'detector' | 'numImages'> {
  try {
    const { name, detector, numImages } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (
      typeof name === 'string' &&
      typeof detector === 'string' &&
      (numImages === null || typeof numImages === 'number')
    ) {
      return { name, detector, numImages };
    }
  } catch {
    // The error below names the file.
  }
  throw new Error(`${path}: the array ${ABOUT} does not hold the name, detector and number of images.`);
}
