import { basename } from 'node:path';
import { openNpz, readSafetensors, writeNpz, writeSafetensors } from '@onestep/checkpoint/node';
import type { GaussianMoments } from '../frechet-distance.js';
import { decodeReference, encodeReference, referenceArrays, type ReferenceStatistics } from '../reference.js';
import { INCEPTION_DETECTOR } from '../inception/inception-extractor.js';
import { INCEPTION_LAYERS } from '../inception/inception-network.js';

/** The array beside `mu` and `sigma` in our `.npz` files: what they are statistics of, as JSON. numpy reads past it. */
const ABOUT = 'onestep';

/**
 * Reads a reference: a safetensors file, or an `.npz` with `mu` and `sigma` as the published scripts write them. Those do not
 * say which detector they were made with; 2048 features are taken for Inception's.
 *
 * @throws naming the file if it is missing, damaged or something else
 */
export async function readReference(path: string): Promise<ReferenceStatistics> {
  return path.endsWith('.npz') ? readNpzReference(path) : decodeReference(await readSafetensors(path), path);
}

/**
 * Writes a reference, by the ending of the name: `.npz` as numpy and the published scripts read it, or safetensors. A crash
 * leaves the old file or the new one, never a part.
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
    throw new Error(`${path} holds no reference statistics: expected arrays mu [d] and sigma [d, d].`);
  }
  const spatial = momentsIn(arrays, '_s');
  const statistics = spatial === null ? moments : { ...moments, spatial };
  const about = arrays[ABOUT];
  if (about !== undefined) return { ...parseAbout(about.data as Uint8Array, path), ...statistics };
  const dim = moments.mean.length;
  if (dim !== INCEPTION_LAYERS['2048']) {
    throw new Error(
      `${path} has statistics of ${dim} features and does not say of which detector: files of others are Inception's, with ` +
        '2048. Make one with "onestep metrics ref".',
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
    // Told below, with the file's name.
  }
  throw new Error(`${path}: its array ${ABOUT} does not say what the statistics are of.`);
}
