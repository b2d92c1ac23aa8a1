import {
  needsOf,
  PairsInMemory,
  shufflePairs,
  type Denoiser,
  type ImageBatch,
  type ImageBatchSource,
  type Method,
  type MethodArgs,
  type Share,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

/** Random images, whose classes go round, in batches that depend on their place in the stream alone. */
export class RandomImages implements ImageBatchSource {
  private readonly network: Pick<Denoiser, 'imgResolution' | 'imgChannels' | 'labelDim'>;
  private readonly count: number;
  private batches = 0;

  constructor(network: Pick<Denoiser, 'imgResolution' | 'imgChannels' | 'labelDim'>, count: number) {
    this.network = network;
    this.count = count;
  }

  /** @param rows the images that are needed; the others are black */
  next(rows: Share = { start: 0, end: this.count }): Promise<ImageBatch> {
    const { imgResolution, imgChannels, labelDim } = this.network;
    const { count } = this;
    const each = imgResolution ** 2 * imgChannels;
    const numbers = new Rng(this.batches++, 'images').uniform(count * each);
    const labels = labelDim === 0 ? null : goingRound(count, labelDim);
    const [start, end] = [rows.start * each, rows.end * each];
    const images = Uint8Array.from(numbers, (value, i) => (i >= start && i < end ? 256 * value : 0));
    return Promise.resolve({ images, labels, count });
  }

  state(): unknown {
    return { batches: this.batches };
  }

  restore(state: unknown): void {
    this.batches = (state as { batches: number }).batches;
  }
}

/** What a method needs besides the teacher, as far as it needs it by default: random images, random pairs. */
export function givenData(
  method: Method,
  teacher: Denoiser,
  batch: number,
): Pick<MethodArgs<unknown>, 'data' | 'pairs'> {
  const needs = needsOf(method);
  return {
    ...(needs.includes('images') && { data: new RandomImages(teacher, batch) }),
    ...(needs.includes('pairs') && { pairs: shufflePairs(randomPairs(teacher, 2 * batch), 0) }),
  };
}

function randomPairs(teacher: Denoiser, count: number): PairsInMemory {
  const { imgResolution, imgChannels, labelDim } = teacher;
  const pixels = count * imgResolution ** 2 * imgChannels;
  const rng = new Rng(0, 'pairs');
  const [noise, images] = [rng.normal(pixels), rng.normal(pixels)];
  const labels = labelDim === 0 ? null : goingRound(count, labelDim);
  return new PairsInMemory({ count, noise, images, labels }, teacher);
}

function goingRound(count: number, labelDim: number): Float32Array {
  const labels = new Float32Array(count * labelDim);
  for (let i = 0; i < count; i++) labels[i * labelDim + (i % labelDim)] = 1;
  return labels;
}
