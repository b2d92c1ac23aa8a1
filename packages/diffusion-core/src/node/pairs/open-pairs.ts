import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PairBatch } from '../../pairs/pair-batch-source.js';
import type { PairSet } from '../../pairs/pair-set.js';
import { RunError } from '../run-error.js';
import { readPairIndex, settingsDigest, shardName, type PairIndex } from './pair-index.js';
import { PairShard } from './pair-shard.js';

/** The pairs of a folder, read from their files as they are asked for. */
export interface PairFolder extends PairSet {
  readonly path: string;
  /** What the pairs were made from. */
  readonly index: PairIndex;
}

/**
 * Opens a folder of pairs.
 *
 * @throws RunError if there are none, or some of its files are missing; CheckpointError naming a file that is damaged
 */
export function openPairs(folder: string): PairFolder {
  const index = readPairIndex(folder);
  if (index === null) {
    throw new RunError(`There are no pairs in ${folder}: it has no pairs.json. Make them with "onestep edm pairs".`);
  }
  const names = shardsOf(folder, index);
  const digest = settingsDigest(index);
  const shards = names.map((name) => openShard(join(folder, name), index, digest));
  const short = shards.findIndex(
    ({ seeds }, i) => seeds.length !== Math.min(index.shard, index.count - i * index.shard),
  );
  if (short !== -1) {
    throw new RunError(
      `${join(folder, names[short]!)} has ${shards[short]!.seeds.length} pairs, which are not those of pairs.json. Run the ` +
        'command that makes the pairs again: it makes what is missing.',
    );
  }
  return {
    path: folder,
    index,
    length: index.count,
    imgResolution: index.imgResolution,
    imgChannels: index.imgChannels,
    labelDim: index.labelDim,
    labels: index.labels ?? undefined,
    guidance: index.guidance,
    read: async (indices) => readPairs(shards, index, indices),
  };
}

/** Names of the files of pairs. @throws RunError if some are missing */
function shardsOf(folder: string, { count, shard }: PairIndex): string[] {
  const there = new Set(readdirSync(folder));
  const total = Math.ceil(count / shard);
  const names: string[] = [];
  // No more than there are files, whatever the index says.
  while (names.length < total && there.has(shardName(names.length))) names.push(shardName(names.length));
  if (names.length === total) return names;
  const isOwn = (name: string) => Number(/^pairs-(\d{5,})\.safetensors$/.exec(name)?.[1] ?? total) < total;
  const missing = total - [...there].filter(isOwn).length;
  throw new RunError(
    `${folder} is not complete: ${missing} of its ${total} files are missing, the first is ${shardName(names.length)}. ` +
      'Run the command that makes the pairs again: it makes what is missing.',
  );
}

function openShard(path: string, index: PairIndex, digest: string): PairShard {
  const shard = new PairShard(path, index);
  if (shard.digest === digest) return shard;
  throw new RunError(`${path} does not belong to the pairs.json next to it: it was made with other options.`);
}

function readPairs(shards: readonly PairShard[], index: PairIndex, indices: ArrayLike<number>): PairBatch {
  const { imgResolution, imgChannels, labelDim, shard } = index;
  const pixels = imgResolution ** 2 * imgChannels;
  const count = indices.length;
  const batch: PairBatch = {
    noise: new Float32Array(count * pixels),
    images: new Float32Array(count * pixels),
    labels: labelDim === 0 ? null : new Float32Array(count * labelDim),
    count,
  };
  for (let i = 0; i < count; i++) {
    const pair = shards[Math.floor(indices[i]! / shard)]!.read(indices[i]! % shard, index);
    batch.noise.set(pair.noise, i * pixels);
    batch.images.set(pair.images, i * pixels);
    if (pair.labels !== null) batch.labels!.set(pair.labels, i * labelDim);
  }
  return batch;
}
