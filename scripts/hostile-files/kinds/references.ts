import { encodeSafetensors } from '@onestep/checkpoint';
import { readReference } from '@onestep/metrics/node';
import { encodeReference } from '../../../packages/metrics/src/reference.js';
import type { HostileKind } from '../hostile-kind.js';
import { deflatedZip, npyFile } from './data-sets.js';

const SIZE = 16;

export async function readStatistics(path: string): Promise<void> {
  await readReference(path);
}

/** Statistics to compare with. */
export function referenceKinds(): HostileKind[] {
  const bytes = (length: number) => new Uint8Array(Float64Array.from({ length }, (_, i) => i / 7).buffer);
  const about = Buffer.from(JSON.stringify({ name: 'a', detector: 'b', numImages: 10 }));
  const npz = deflatedZip([
    ['mu.npy', npyFile([SIZE], bytes(SIZE), '<f8')],
    ['sigma.npy', npyFile([SIZE, SIZE], bytes(SIZE * SIZE), '<f8')],
    ['onestep.npy', npyFile([about.length], about)],
  ]);
  const statistics = { mean: new Float64Array(SIZE), covariance: new Float64Array(SIZE * SIZE) };
  const safetensors = encodeSafetensors(encodeReference({ name: 'a', detector: 'b', numImages: 10, ...statistics }));
  return [
    { name: 'reference: npz', files: { 'a.npz': npz }, target: 'a.npz', entry: 'a.npz', read: readStatistics },
    { name: 'reference: safetensors', files: { a: safetensors }, target: 'a', entry: 'a', read: readStatistics },
  ];
}
