import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImageDataset } from './dataset.js';
import { DecodingThreads } from './decoding-threads.js';
import { makeBatch, type ImageBatch } from './make-batch.js';
import { InfiniteSampler, type SamplerShare, type SamplerState } from './sampler.js';

/** An endless supply of batches, which can be continued after an interruption. */
export interface BatchSource {
  next(): Promise<ImageBatch>;
  /** What {@link BatchSource.restore} needs to continue after the last batch handed out; JSON. */
  state(): unknown;
  restore(state: unknown): void;
  /** Ends the threads that decode, if there are any. The data set stays open; batches cannot be asked for after that. */
  close(): void;
}

/** Settings of {@link createBatchSource}. */
export interface BatchOptions {
  /** Images in a batch, of this process. */
  batchSize: number;
  /** Seed of the order. */
  seed: number;
  /** Which of several processes this is, each with other images of the same order. Default: the only one. */
  share?: SamplerShare;
  /** Threads that decode images. Default 0: this one, in its pauses. */
  workers?: number;
}

/** Batches prepared ahead of the one handed out. */
const AHEAD = 2;

/**
 * Shuffled batches of a data set, without end. While the caller works on a batch, the next ones are prepared in its
 * pauses: between two turns of the event loop, so whenever it waits for a device or a file; or, with `workers`, in other threads.
 * At most two batches, or one a thread, are prepared ahead.
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
  // Started for the first batch: who asks for none needs none.
  let threads: DecodingThreads | null = null;
  const prepared = Math.max(AHEAD, workers);
  let handedOut = sampler.state();
  let ahead: Promise<ImageBatch>[] = [];
  let closed = false;

  const prepare = () => {
    const indices = Array.from({ length: batchSize }, () => sampler.next());
    if (workers > 0) threads ??= new DecodingThreads(dataset, workers);
    const batch = threads?.makeBatch(indices) ?? nextTurn().then(() => makeBatch(dataset, indices));
    // A failure is reported by the call of next() that would have handed the batch out.
    batch.catch(() => undefined);
    return batch;
  };
  return {
    async next() {
      if (closed) throw new Error('The batch source has been closed.');
      const batch = await (ahead.shift() ?? prepare());
      while (ahead.length < prepared) ahead.push(prepare());
      handedOut = { ...handedOut, drawn: handedOut.drawn + batchSize * share.numReplicas };
      return batch;
    },
    state: () => handedOut,
    restore(state) {
      handedOut = checkState(state, dataset);
      sampler = InfiniteSampler.fromState(handedOut, share);
      ahead = [];
    },
    close() {
      closed = true;
      ahead = [];
      threads?.close();
    },
  };
}

function checkState(state: unknown, dataset: ImageDataset): SamplerState {
  const { seed, length, drawn } = (state ?? {}) as Partial<Record<keyof SamplerState, unknown>>;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isCount(seed) || !isCount(length) || !isCount(drawn)) {
    throw new Error(
      `The state of a batch source has seed, length and drawn, whole numbers; found ${JSON.stringify(state)}.`,
    );
  }
  if (length !== dataset.length) {
    throw new Error(
      `The run was started on ${length} images and the data set ${dataset.path} has ${dataset.length}; ` +
        'continue with the same data set and the same options (maxSize, xflip).',
    );
  }
  return { seed, length, drawn };
}
