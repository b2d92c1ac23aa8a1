import { guideDenoiser } from '../../guidance/guidance.js';
import type { PairBatch } from '../../pairs/pair-batch-source.js';
import { samplePairs } from '../../pairs/sample-pairs.js';
import { collectOnFirst } from '../../processes/collect-on-first.js';
import type { Communicator } from '../../processes/communicator.js';
import { shareOf } from '../../processes/share-of.js';
import { workTogether } from '../../processes/shared-work.js';
import type { PlanPairsArgs } from './make-pairs.js';

/** Options of {@link sampleShard}. */
export interface SampleShardOptions {
  /** Images in a network call. */
  batch: number;
  /** Called with the number of pairs made, which may have a fraction. */
  onProgress: (done: number) => void;
  signal?: AbortSignal;
  communicator: Communicator;
}

/**
 * Makes the pairs of a file, in batches of one size: the last one is filled up with copies of its last seed. Several processes make
 * whole batches each, the same as one.
 *
 * @returns the pairs in process 0; elsewhere none
 */
export async function sampleShard(
  { denoiser: network, sampler, guidance, ...choice }: PlanPairsArgs,
  seeds: readonly number[],
  { batch, onProgress, signal, communicator }: SampleShardOptions,
): Promise<PairBatch> {
  const denoiser = guidance === undefined ? network : guideDenoiser(network, guidance);
  const batches = Math.ceil(seeds.length / batch);
  const own = shareOf(batches, communicator);
  const rounds = shareOf(batches, { ...communicator, rank: 0 }).end;
  const made: Record<'noise' | 'images' | 'labels', Float32Array[]> = { noise: [], images: [], labels: [] };
  let done = 0;
  for (let next = own.start; next < own.start + rounds; next++) {
    const start = next * batch;
    const count = next < own.end ? Math.min(batch, seeds.length - start) : 0;
    // The others are about as far.
    const onStep = (step: number, steps: number) =>
      onProgress(Math.min(done + (step / steps) * count * communicator.size, seeds.length));
    const makeBatch = async () => {
      if (count === 0) return 0;
      const group = Array.from({ length: batch }, (_, i) => seeds[Math.min(start + i, seeds.length - 1)]!);
      const pairs = await samplePairs({ ...choice, denoiser, seeds: group, options: sampler, onStep, signal });
      const first = (data: Float32Array) => data.slice(0, (data.length / batch) * count);
      made.noise.push(first(pairs.noise));
      made.images.push(first(pairs.images));
      if (pairs.labels !== null) made.labels.push(first(pairs.labels));
      return count;
    };
    done += await workTogether(communicator, makeBatch, signal);
  }
  const collect = async (parts: readonly Float32Array[]) => {
    const pieces = parts.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
    return new Float32Array((await collectOnFirst(communicator, pieces)).buffer);
  };
  const [noise, images] = [await collect(made.noise), await collect(made.images)];
  const labels = denoiser.labelDim === 0 ? null : await collect(made.labels);
  return { noise, images, labels, count: seeds.length };
}
