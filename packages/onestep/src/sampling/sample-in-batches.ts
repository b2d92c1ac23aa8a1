import { settleTrainingLabels, toUint8, type ClassProbabilities, type TrainingLabels } from '@onestep/diffusion-core';
import { classIndices, settlePrompts, type LabelChoice, type NamedClasses } from './classes.js';

/** An image as rows of pixels. */
export interface SampledImage {
  width: number;
  height: number;
  /** 1 for grayscale, 3 for RGB. */
  channels: number;
  /** [height, width, channels] row-major: the bytes that `onestep generate` writes as PNG. */
  data: Uint8Array;
}

/** Options of sampling. */
export interface SampleOptions extends LabelChoice {
  /** One per image, integers from 0. The same seed gives the same image, alone or among others. */
  seeds: readonly number[];
  /**
   * Probabilities of the random classes of images without a class or label, up to a common factor. Left out, the
   * frequencies that the model's file states, else uniform. Random labels of a model that takes vectors are some that
   * occurred in training.
   */
  classProbabilities?: ClassProbabilities;
  /**
   * Images in a network call. Left out, a number from 1 to 8 that suits the network's size. A larger one is faster for
   * many images, and 1 is faster for a single one. An image does not depend on the other seeds of the call, but another
   * batch size may change the last bits of the network's output.
   */
  batch?: number;
  /** Called with the number of images done, which may have a fraction, and their number in all. */
  onProgress?: (done: number, total: number) => void;
  /** Stops between network calls, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** A model to sample from. */
interface Source extends NamedClasses {
  readonly name: string;
  readonly resolution: number;
  readonly channels: number;
  /** Default of {@link SampleOptions.batch}. */
  readonly batchSize: number;
}

/** One batch: always of the same size. */
export interface SampleBatch {
  seeds: readonly number[];
  /** One per seed; undefined for random labels, or where `label` or `prompts` is given. */
  classes: readonly number[] | undefined;
  /** The label vector of all. */
  label: readonly number[] | undefined;
  /** The caption of each, one per seed; undefined without captions. */
  prompts: readonly string[] | undefined;
  /** Where random labels are drawn from. */
  drawnFrom: TrainingLabels | undefined;
  /** @param share of the batch that is done */
  onProgress(share: number): void;
}

/**
 * Samples images in batches of one size. The last batch is filled up with copies of its last seed: engines choose their
 * kernels by the batch size, and round differently in each, so an image is the same bits only in a batch of the same size.
 *
 * @param run samples a batch, [N, H, W, C] row-major in [-1, 1]
 * @returns one image per seed
 * @throws RangeError naming the option that is not valid, before any work; NonFiniteImagesError if the network returns NaN
 */
export async function sampleInBatches(
  source: Source,
  options: SampleOptions,
  run: (batch: SampleBatch) => Promise<ArrayLike<number>>,
): Promise<SampledImage[]> {
  const { seeds, batch = source.batchSize, onProgress, signal } = options;
  checkSeeds(seeds);
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch must be an integer from 1, not ${batch}.`);
  const classes = classIndices(options, seeds.length, source);
  const prompts = await settlePrompts(options, seeds.length, source);
  const { label, classProbabilities } = options;
  const drawnFrom = settleTrainingLabels(source, { classProbabilities });
  const { resolution: size, channels } = source;
  const images: SampledImage[] = [];
  for (let start = 0; start < seeds.length; start += batch) {
    signal?.throwIfAborted();
    const count = Math.min(batch, seeds.length - start);
    const values = await run({
      seeds: takeBatch(seeds, start, batch),
      classes: classes && takeBatch(classes, start, batch),
      label,
      prompts: prompts && takeBatch(prompts, start, batch),
      drawnFrom,
      onProgress: (share) => onProgress?.(start + share * count, seeds.length),
    });
    const pixels = toUint8(values, source.name);
    const length = size * size * channels;
    for (let i = 0; i < count; i++) {
      images.push({ width: size, height: size, channels, data: pixels.slice(i * length, (i + 1) * length) });
    }
    onProgress?.(start + count, seeds.length);
  }
  return images;
}

/** `size` values from `start` on; beyond the end, the last one again. */
function takeBatch<T>(values: readonly T[], start: number, size: number): T[] {
  return Array.from({ length: size }, (_, i) => values[Math.min(start + i, values.length - 1)]!);
}

function checkSeeds(seeds: readonly number[]): void {
  if (!Array.isArray(seeds)) throw new RangeError(`seeds must be a list of integers from 0, not ${String(seeds)}.`);
  const wrong = seeds.find((seed) => !Number.isSafeInteger(seed) || seed < 0);
  if (wrong !== undefined) throw new RangeError(`A seed must be an integer from 0, not ${String(wrong)}.`);
}
