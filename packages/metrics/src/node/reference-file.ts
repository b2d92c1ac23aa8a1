import { basename } from 'node:path';
import { openNpz, readSafetensors, writeNpz, writeSafetensors } from '@onestep/nn/node';
import { decodeReference, encodeReference, type ReferenceStatistics } from '../reference.js';
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
  const { mean, covariance, name, detector, numImages } = reference;
  const about = new TextEncoder().encode(JSON.stringify({ name, detector, numImages }));
  return writeNpz(path, {
    mu: { shape: [mean.length], pieces: [mean] },
    sigma: { shape: [mean.length, mean.length], pieces: [covariance] },
    [ABOUT]: { shape: [about.length], pieces: [about] },
  });
}

async function readNpzReference(path: string): Promise<ReferenceStatistics> {
  const { mu, sigma, [ABOUT]: about } = await openNpz(path);
  const dim = mu?.shape[0];
  if (mu?.shape.length !== 1 || sigma?.shape.join() !== [dim, dim].join()) {
    throw new Error(`${path} holds no reference statistics: expected arrays mu [d] and sigma [d, d].`);
  }
  const moments = { mean: Float64Array.from(mu.data, Number), covariance: Float64Array.from(sigma.data, Number) };
  if (about !== undefined) return { ...parseAbout(about.data as Uint8Array, path), ...moments };
  if (dim !== INCEPTION_LAYERS['2048']) {
    throw new Error(
      `${path} has statistics of ${dim} features and does not say of which detector: files of others are Inception's, with ` +
        '2048. Make one with "onestep metrics ref".',
    );
  }
  return { name: basename(path, '.npz'), detector: INCEPTION_DETECTOR, numImages: null, ...moments };
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
