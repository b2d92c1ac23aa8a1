import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImageDataset } from './dataset.js';
import { InfiniteSampler, type SamplerState } from './sampler.js';

/** A batch of training images. */
export interface ImageBatch {
  /** Pixels 0 to 255 in NHWC order: count * height * width * channels bytes. */
  images: Uint8Array;
  /** count * labelDim numbers, or null without labels. */
  labels: Float32Array | null;
  count: number;
}

/** An endless supply of batches, which can be continued after an interruption. */
export interface BatchSource {
  next(): Promise<ImageBatch>;
  /** What {@link BatchSource.restore} needs to continue after the last batch handed out; JSON. */
  state(): unknown;
  restore(state: unknown): void;
}

/** Settings of {@link createBatchSource}. */
export interface BatchOptions {
  /** Images in a batch. */
  batchSize: number;
  /** Seed of the order. */
  seed: number;
}

/** Batches prepared ahead of the one handed out. */
const AHEAD = 2;

/**
 * Shuffled batches of a data set, without end. While the caller works on a batch, the next ones are prepared in its
 * pauses: between two turns of the event loop, so whenever it waits for a device or a file.
 */
export function createBatchSource(dataset: ImageDataset, { batchSize, seed }: BatchOptions): BatchSource {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new Error(`batchSize must be a whole number from 1 on, not ${batchSize}.`);
  }
  let sampler = new InfiniteSampler(dataset.length, seed);
  let handedOut = sampler.state();
  let ahead: Promise<ImageBatch>[] = [];

  const prepare = () => {
    const indices = Array.from({ length: batchSize }, () => sampler.next());
    const batch = nextTurn().then(() => makeBatch(dataset, indices));
    // A failure is reported by the call of next() that would have handed the batch out.
    batch.catch(() => undefined);
    return batch;
  };
  return {
    async next() {
      const batch = await (ahead.shift() ?? prepare());
      while (ahead.length < AHEAD) ahead.push(prepare());
      handedOut = { ...handedOut, drawn: handedOut.drawn + batchSize };
      return batch;
    },
    state: () => handedOut,
    restore(state) {
      handedOut = checkState(state, dataset);
      sampler = InfiniteSampler.fromState(handedOut);
      ahead = [];
    },
  };
}

function makeBatch(dataset: ImageDataset, indices: readonly number[]): ImageBatch {
  const { imageBytes, labelDim } = dataset;
  const images = new Uint8Array(indices.length * imageBytes);
  const labels = labelDim > 0 ? new Float32Array(indices.length * labelDim) : null;
  for (const [i, index] of indices.entries()) {
    dataset.imageAt(index, images.subarray(i * imageBytes, (i + 1) * imageBytes));
    labels?.set(dataset.labelAt(index), i * labelDim);
  }
  return { images, labels, count: indices.length };
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
