import { statfs } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { makeFolder, writeSafetensors } from '@onestep/checkpoint/node';
import type { ClassChoice } from '../../conditions/class-labels.js';
import type { TrainingLabels } from '../../conditions/training-labels.js';
import type { Denoiser } from '../../denoiser.js';
import { guideDenoiser, type Guidance } from '../../guidance/guidance.js';
import { describePairGuidance, type PairGuidance } from '../../pairs/pair-guidance.js';
import { samplePairs, type PairSamplerOptions } from '../../pairs/sample-pairs.js';
import { ALONE, type Communicator } from '../../processes/communicator.js';
import { onFirstRank } from '../../processes/shared-work.js';
import { EDM_SAMPLER_DEFAULTS } from '../../samplers/sampler-options.js';
import { adviseOnFailure, RunError } from '../run-error.js';
import { lockRun } from '../run-lock.js';
import { networkDigest } from './network-digest.js';
import type { PairDtype } from './pair-dtype.js';
import {
  checkSameSettings,
  readPairIndex,
  settingsDigest,
  shardName,
  writePairIndex,
  type PairIndex,
  type PairSettings,
} from './pair-index.js';
import { bytesPerPair, encodeShard, PairShard } from './pair-shard.js';
import { sampleShard } from './sample-shard.js';

/** Pairs in a file, unless something else is asked for: so much work is lost at most when a process is killed. */
const SHARD = 500;
const MAX_BATCH = 8;

/** Arguments of {@link planPairs}. */
export interface PlanPairsArgs extends Omit<ClassChoice, 'classes' | 'prompts'> {
  /** The folder of the pairs; made if it is missing. */
  folder: string;
  /** The teacher. */
  denoiser: Denoiser;
  /** The teacher's name for people, such as its file. */
  name: string;
  /** One per pair, integers from 0, each once. */
  seeds: readonly number[];
  /** Guidance of the teacher. Left out, none. */
  guidance?: Guidance;
  /** Options of the sampler (18 steps of the EDM sampler). */
  sampler?: PairSamplerOptions;
  /** How images are stored (`float32`). The noise is float32. */
  dtype?: PairDtype;
  /** Pairs in a file (500). */
  shard?: number;
}

/** Pairs to make, and what is there already. */
export interface PairPlan {
  args: PlanPairsArgs;
  index: PairIndex;
  digest: string;
  /** The files that are missing, or were shorter when fewer pairs were asked for, by their numbers. */
  missing: number[];
  /** Bytes of all files. */
  bytes: number;
  /** Bytes of the missing files. */
  missingBytes: number;
  /** Number of the missing pairs. */
  missingPairs: number;
  /** Free bytes in the file system of the folder. */
  freeBytes: number;
}

/**
 * Checks what {@link makePairs} will do, and how much room it takes. Nothing is written.
 *
 * @param communicator the processes that share the work; process 0 looks at the folder. Left out, this one alone
 * @throws RunError if the folder holds pairs of other settings or seeds, or there is no room for them; RangeError naming an
 *   option that is not valid
 */
export async function planPairs(args: PlanPairsArgs, communicator: Communicator = ALONE): Promise<PairPlan> {
  return { args, ...(await onFirstRank(communicator, () => planFiles(args))) };
}

async function planFiles(args: PlanPairsArgs): Promise<Omit<PairPlan, 'args'>> {
  const { folder, denoiser, seeds, shard = SHARD, sampler: options, guidance, ...choice } = args;
  if (!Number.isInteger(shard) || shard < 1) throw new RangeError(`shard must be a whole number from 1, not ${shard}.`);
  if (seeds.length === 0 || new Set(seeds).size !== seeds.length) {
    throw new RangeError('Each pair needs a seed of its own: pass a list of different seeds.');
  }
  const wrong = seeds.find((seed) => !Number.isSafeInteger(seed) || seed < 0);
  if (wrong !== undefined) throw new RangeError(`A seed must be an integer from 0, not ${wrong}.`);
  // Sampling a network that computes nothing checks the options and the labels.
  const idle = Object.create(denoiser, { denoise: { value: (x: tf.Tensor4D) => tf.clone(x) } }) as Denoiser;
  await samplePairs({ ...choice, denoiser: idle, seeds: seeds.slice(0, 1), options });
  const { imgResolution, imgChannels, labelDim } = denoiser;
  const settings: PairSettings = {
    teacher: { name: args.name, digest: await networkDigest(denoiser) },
    imgResolution,
    imgChannels,
    labelDim,
    labels: chosenLabels(args) ?? null,
    sampler: settledSampler(args.sampler),
    dtype: args.dtype ?? 'float32',
    ...(guidance !== undefined && { guidance: await settleGuidance(denoiser, guidance) }),
  };
  const index: PairIndex = { ...settings, count: seeds.length, shard, seeds: seedRanges(seeds) };
  const there = readPairIndex(folder);
  if (there !== null) checkSameSettings(folder, there, index);
  const digest = settingsDigest(settings);
  const shards = Array.from({ length: Math.ceil(seeds.length / shard) }, (_, number) => number);
  const missing = shards.filter((number) => !isThere(folder, number, { index, digest, seeds }));
  const perPair = bytesPerPair(settings);
  const missingPairs = missing.reduce((sum, number) => sum + seedsOf(seeds, number, shard).length, 0);
  const freeBytes = await freeSpace(folder);
  const missingBytes = missingPairs * perPair;
  if (missingBytes > freeBytes) {
    throw new RunError(
      `${folder} has ${megabytes(freeBytes)} free, and ${missingPairs} pairs take ${megabytes(missingBytes)}. Free some ` +
        'space, choose another folder, make fewer pairs, or store their images as float16 or uint8.',
    );
  }
  return { index, digest, missing, bytes: seeds.length * perPair, missingBytes, missingPairs, freeBytes };
}

/** Options of {@link makePairs}. */
export interface MakePairsOptions {
  /**
   * Images in a network call (8). A pair does not depend on the others of the call; another number may change the last bits
   * of the network's output.
   */
  batch?: number;
  /** Called with the number of pairs made, which may have a fraction, and their number in all. */
  onProgress?: (done: number, total: number) => void;
  /** Stops between steps of the sampler, by throwing the signal's reason. Finished files stay. */
  signal?: AbortSignal;
  /** The processes that share each file; process 0 writes it. Left out, this one alone. */
  communicator?: Communicator;
}

/**
 * Makes the pairs of a plan: `pairs-00000.safetensors`, ..., and `pairs.json`. Files that are there stay, so that the work
 * goes on where it was stopped, or killed. Several processes make the same bytes as one.
 *
 * @throws RunError if the folder is in use, or cannot be written; NonFiniteImagesError if the teacher returns NaN; the
 *   signal's reason if it fires; OtherRankError if another process failed or was stopped
 */
export async function makePairs(plan: PairPlan, options: MakePairsOptions = {}): Promise<void> {
  const { args, index, digest, missing } = plan;
  const { folder, seeds } = args;
  const { batch = MAX_BATCH, onProgress, signal, communicator = ALONE } = options;
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch must be a whole number from 1, not ${batch}.`);
  let lock: { release(): void } | undefined;
  try {
    await onFirstRank(communicator, async () => {
      await adviseOnFailure(folder, () => makeFolder(folder));
      lock = await lockRun(folder);
      await writePairIndex(folder, index);
    });
    let done = 0;
    for (const number of missing) {
      const own = seedsOf(seeds, number, index.shard);
      const progress = (count: number) => onProgress?.(done + count, plan.missingPairs);
      const pairs = await sampleShard(args, own, { batch, onProgress: progress, signal, communicator });
      const path = join(folder, shardName(number));
      await onFirstRank(communicator, () =>
        adviseOnFailure(path, () => writeSafetensors(path, encodeShard(pairs, own, index, digest))),
      );
      progress(own.length);
      done += own.length;
    }
  } finally {
    lock?.release();
  }
}

/**
 * Whether a file of the plan is there with all of its pairs.
 *
 * @throws RunError if it holds pairs of other settings or seeds; CheckpointError if it is damaged
 */
function isThere(
  folder: string,
  number: number,
  { index, digest, seeds }: { index: PairIndex; digest: string; seeds: readonly number[] },
): boolean {
  const path = join(folder, shardName(number));
  if (!existsSync(path)) return false;
  const found = new PairShard(path, index);
  const wanted = seedsOf(seeds, number, index.shard);
  // The last file of a smaller number of pairs.
  const isStart = found.seeds.length < wanted.length;
  const isSame = found.digest === digest && found.seeds.slice(0, wanted.length).every((seed, i) => seed === wanted[i]);
  if (!isSame || found.seeds.length > wanted.length) {
    throw new RunError(
      `${path} holds pairs of other seeds or of other options. Choose another folder, or continue its list of seeds ` +
        'with the same options.',
    );
  }
  return !isStart;
}

function seedsOf(seeds: readonly number[], number: number, shard: number): readonly number[] {
  return seeds.slice(number * shard, (number + 1) * shard);
}

/** @throws RangeError if the denoiser cannot be guided so */
async function settleGuidance(denoiser: Denoiser, guidance: Guidance): Promise<PairGuidance> {
  guideDenoiser(denoiser, guidance);
  return describePairGuidance(guidance, guidance.weaker === undefined ? null : await networkDigest(guidance.weaker));
}

/** The labels that pairs are made with: a class or a label for all of them, or those that are drawn. */
function chosenLabels({
  denoiser,
  classIndex,
  label,
  drawnFrom = denoiser.labels,
}: PlanPairsArgs): TrainingLabels | undefined {
  const { labelDim } = denoiser;
  if (labelDim === 0) return undefined;
  if (label !== undefined) return { kind: 'vectors', rows: [label] };
  if (classIndex === undefined) return drawnFrom;
  return { kind: 'classes', frequencies: Array.from({ length: labelDim }, (_, i) => Number(i === classIndex)) };
}

/** Options of the sampler with the defaults of the EDM sampler. The ablation sampler's own are recorded where given. */
function settledSampler(sampler: PairSamplerOptions = {}): PairSamplerOptions {
  const given = Object.fromEntries(Object.entries(sampler).filter(([, value]) => value !== undefined));
  const { steps, rho } = EDM_SAMPLER_DEFAULTS;
  return { steps, rho, ...given };
}

function seedRanges(seeds: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seed of seeds) {
    const last = ranges.at(-1);
    if (last !== undefined && seed === last[1] + 1) last[1] = seed;
    else ranges.push([seed, seed]);
  }
  return ranges;
}

/** @throws RunError if the file system stores no files */
async function freeSpace(folder: string): Promise<number> {
  let existing = resolve(folder);
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize, blocks } = await statfs(existing);
  // Such as /proc and /sys.
  if (blocks === 0)
    throw new RunError(`${folder} cannot be made: its file system stores no files. Choose another folder.`);
  return bavail * bsize;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
