import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImageDataset } from './dataset.js';
import { DecodingThreads } from './decoding-threads.js';
import { makeBatch, type BatchRows, type ImageBatch } from './make-batch.js';
import { InfiniteSampler, type SamplerShare, type SamplerState } from './sampler.js';

/** An endless sequence of batches, which can be resumed after an interruption. */
export interface BatchSource {
  /**
   * The next batch.
   *
   * @param rows the images that are read, where several processes share a batch: the pixels of the others are 0. Labels are those of
   *   all images. Default: all
   * @throws if one of its images is damaged, or the source has been closed
   */
  next(rows?: BatchRows): Promise<ImageBatch>;
  /**
   * State after the last batch that {@link BatchSource.next} returned, for {@link BatchSource.restore}. It
   * can be stored as JSON.
   */
  state(): unknown;
  /**
   * Continues from a state.
   *
   * @throws if it is not such a state, or belongs to a data set of another length
   */
  restore(state: unknown): void;
  /** Ends the decoding threads, if there are any. The data set stays open; the source gives no more batches. */
  close(): void;
}

/** Settings of {@link createBatchSource}. */
export interface BatchOptions {
  /** Images per batch, of this process. */
  batchSize: number;
  /** Seed of the order, an integer from 0 on. */
  seed: number;
  /** Rank among several processes, which draw different images of the same order. Default: the only process. */
  share?: SamplerShare;
  /** Number of threads that decode images. Default 0: images are decoded in this thread while it is idle. */
  workers?: number;
}

/** A batch that is being prepared. */
interface PreparedBatch {
  batch: Promise<ImageBatch>;
  indices: number[];
  rows: BatchRows | undefined;
}

/** Batches prepared ahead, without threads. */
const AHEAD = 2;

/**
 * Creates an endless sequence of shuffled batches. The next two batches (with `workers`, one per thread) are
 * prepared ahead: in other threads, or in this one whenever it waits for a device or a file.
 *
 * @throws if an option is out of range
 */
export function createBatchSource(dataset: ImageDataset, options: BatchOptions): BatchSource {
  const { batchSize, seed, share = { rank: 0, numReplicas: 1 }, workers = 0 } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new Error(`batchSize must be a whole number from 1 on, not ${batchSize}.`);
  }
  if (!Number.isSafeInteger(workers) || workers < 0) {
    throw new Error(`workers must be a whole number from 0 on, not ${workers}.`);
  }
  let sampler = new InfiniteSampler(dataset.length, seed, share);
  // Started for the first batch.
  let threads: DecodingThreads | null = null;
  const numAhead = Math.max(AHEAD, workers);
  /** After the last batch returned. */
  let current = sampler.state();
  let ahead: PreparedBatch[] = [];
  let closed = false;

  const prepare = (rows?: BatchRows, indices = Array.from({ length: batchSize }, () => sampler.next())) => {
    if (workers > 0) threads ??= new DecodingThreads(dataset, workers);
    const batch = threads?.makeBatch(indices, rows) ?? nextTurn().then(() => makeBatch(dataset, indices, rows));
    // A failure is reported by the call of next() that would have returned the batch.
    batch.catch(() => undefined);
    return { batch, indices, rows };
  };
  return {
    async next(rows) {
      if (closed) throw new Error('The batch source has been closed.');
      const first = ahead.shift();
      // Those ahead were prepared for the rows of the call before.
      const prepared = first !== undefined && areSame(first.rows, rows) ? first : prepare(rows, first?.indices);
      const batch = await prepared.batch;
      while (ahead.length < numAhead) ahead.push(prepare(rows));
      current = { ...current, drawn: current.drawn + batchSize * share.numReplicas };
      return batch;
    },
    state: () => current,
    restore(state) {
      current = checkState(state, dataset);
      sampler = InfiniteSampler.fromState(current, share);
      ahead = [];
    },
    close() {
      closed = true;
      ahead = [];
      threads?.close();
    },
  };
}

function areSame(a: BatchRows | undefined, b: BatchRows | undefined): boolean {
  return a?.start === b?.start && a?.end === b?.end;
}

function checkState(state: unknown, dataset: ImageDataset): SamplerState {
  const { seed, length, drawn } = (state ?? {}) as Partial<Record<keyof SamplerState, unknown>>;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isCount(seed) || !isCount(length) || !isCount(drawn)) {
    throw new Error(
      `The state of a batch source has the whole numbers seed, length and drawn; found ${JSON.stringify(state)}.`,
    );
  }
  if (length !== dataset.length) {
    throw new Error(
      `The run was started on ${length} images and the data set ${dataset.path} has ${dataset.length}; ` +
        'resume with the same data set and the same options (maxSize, xflip).',
    );
  }
  return { seed, length, drawn };
}
