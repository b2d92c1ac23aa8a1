import { encodeSafetensors, encodeTorchFile, OrderedDict } from '@onestep/checkpoint';
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
  const tensor = (...shape: number[]) => ({
    shape,
    data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 7) % 11),
  });
  const torchFile = (tensors: Record<string, unknown>) =>
    encodeTorchFile(new OrderedDict(Object.entries(tensors) as [string, never][]));
  const pickle = torchFile({ mu: tensor(SIZE), sigma: tensor(SIZE, SIZE), num_images: 10 });
  const features = torchFile({ features: tensor(20, SIZE) });
  const statistics = { mean: new Float64Array(SIZE), covariance: new Float64Array(SIZE * SIZE) };
  const safetensors = encodeSafetensors(encodeReference({ name: 'a', detector: 'b', numImages: 10, ...statistics }));
  return [
    { name: 'reference: npz', files: { 'a.npz': npz }, target: 'a.npz', entry: 'a.npz', read: readStatistics },
    { name: 'reference: pickle', files: { 'a.pkl': pickle }, target: 'a.pkl', entry: 'a.pkl', read: readStatistics },
    { name: 'reference: features', files: { 'a.pt': features }, target: 'a.pt', entry: 'a.pt', read: readStatistics },
    { name: 'reference: safetensors', files: { a: safetensors }, target: 'a', entry: 'a', read: readStatistics },
  ];
}
