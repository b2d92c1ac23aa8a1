import { decodeSafetensors } from '@onestep/checkpoint';
import { fileSource, openNpz, openTorchFile, writeNpz, writeSafetensors } from '@onestep/checkpoint/node';
import { decodeReference, encodeReference, referenceArrays, type ReferenceStatistics } from '../../reference.js';
import { referencesInNpz, ABOUT } from './npz-reference.js';
import type { Provenance } from './provenance.js';
import { referencesInPickle } from './pickle-reference.js';
import type { Reference } from './reference-in-file.js';

/** Number of bytes that tell what kind of file it is. */
const SNIFFED = 200;

/**
 * Reads reference statistics, of whatever program. The contents of the file tell which kind it is:
 *
 * - safetensors, or an `.npz` with `mu` and `sigma`, of {@link writeReference}
 * - `.npz` with `mu` and `sigma` of EDM, pytorch-fid, clean-fid, ADM's evaluator, or the original FID; compressed or not
 * - `.npz` with features of each image: `feats` (clean-fid), `pool_3` (score_sde), `features`
 * - `.pkl` of EDM2, with the statistics of several detectors
 * - `.pkl` with cached features of StyleGAN's metrics
 * - `.pt` of torch-fidelity's cache: statistics, or features of each image
 *
 * @param provenance what is known about files that do not name their detector
 * @returns one for each detector in the file, at least one
 * @throws naming the file if it is missing, damaged or not a file of reference statistics, or its detector is not known
 */
export async function readReferences(path: string, provenance: Provenance = {}): Promise<Reference[]> {
  const references = await readUnchecked(path, provenance);
  for (const { statistics } of references) assertNumbers(statistics, path);
  return references;
}

/** Statistics of NaN would cost the work of a whole measurement before they are noticed. */
function assertNumbers({ mean, covariance, spatial }: ReferenceStatistics, path: string): void {
  const all = [mean, covariance, ...(spatial === undefined ? [] : [spatial.mean, spatial.covariance])];
  if (all.every((values) => values.every(Number.isFinite))) return;
  throw new Error(`${path} holds NaN or infinite values: nothing can be compared with it. Make the reference again.`);
}

async function readUnchecked(path: string, provenance: Provenance): Promise<Reference[]> {
  const source = fileSource(path);
  const start = source.read(0, Math.min(source.length, SNIFFED));
  const isZip = start[0] === 0x50 && start[1] === 0x4b;
  const text = new TextDecoder().decode(start);
  // PyTorch's archives begin with their pickle.
  const isPickle = isZip ? text.includes('/data.pkl') : start[0] === 0x80;
  if (isPickle) return referencesInPickle(await openTorchFile(path), path, provenance);
  if (isZip) return referencesInNpz(await openNpz(path), path, provenance);
  // Says what the file is, if it is none of these.
  return [{ statistics: decodeReference(decodeSafetensors(source), path), features: null }];
}

/**
 * Reads the reference statistics of a file, or the first ones if it has those of several detectors.
 *
 * @see {@link readReferences}
 */
export async function readReference(path: string, provenance: Provenance = {}): Promise<ReferenceStatistics> {
  const [first] = await readReferences(path, provenance);
  return first!.statistics;
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
  const { name, detector, numImages, divisor, resizing } = reference;
  const about = new TextEncoder().encode(JSON.stringify({ name, detector, numImages, divisor, resizing }));
  const arrays = Object.entries(referenceArrays(reference)).map(([key, { shape, data }]) => [
    key,
    { shape, pieces: [data as Float64Array] },
  ]);
  return writeNpz(path, { ...Object.fromEntries(arrays), [ABOUT]: { shape: [about.length], pieces: [about] } });
}
