import type { ImageBatch, ImageBatchSource } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { sida, type SidaOptions } from '@onestep/sid';

/** Images of 2x2 pixels with one channel, in three classes. */
const PIXELS = 4;
const CLASSES = 3;

export const teacher = (seed = 1) =>
  new MlpDenoiser({ imgResolution: 2, imgChannels: 1, labelDim: CLASSES, hidden: 8, sigmaData: 0.5 }, new Rng(seed));

/** Real images whose numbers follow from their places in the stream; the classes go round. */
export class CountedImages implements ImageBatchSource {
  private readonly count: number;
  private readonly pixels: number;
  private position = 0;

  constructor(count: number, pixels = PIXELS) {
    this.count = count;
    this.pixels = pixels;
  }

  next(): Promise<ImageBatch> {
    const { count, pixels, position: start } = this;
    this.position += count;
    const images = Uint8Array.from({ length: count * pixels }, (_, i) => ((start * pixels + i) * 37) % 256);
    const labels = new Float32Array(count * CLASSES);
    for (let i = 0; i < count; i++) labels[i * CLASSES + ((start + i) % CLASSES)] = 1;
    return Promise.resolve({ images, labels, count });
  }

  state(): unknown {
    return { position: this.position };
  }

  restore(state: unknown): void {
    this.position = (state as { position: number }).position;
  }
}

/** Batches of 4: the student learns from the third iteration on, against the discriminator from the fifth on. */
const OPTIONS: Partial<SidaOptions> = {
  ...{ batch: 4, lr: 1e-3, glr: 1e-3, seed: 5, emaHalfLifeKimg: 0.01 },
  ...{ studentFromKimg: 0.004, ganFromKimg: 0.012, lsgGan: 1 },
};

/** A run of SiDA on tiny images. */
export const start = (options: Partial<SidaOptions> = {}) =>
  sida.create({ teacher: teacher(), data: new CountedImages(4), options: { ...OPTIONS, ...options } });

/** Statistics of the iterations `from` to `to`. */
export async function iterate(run: ReturnType<typeof start>, from: number, to: number) {
  const stats: Record<string, number>[] = [];
  for (let i = from; i < to; i++) stats.push((await run.step(i * run.batchSize)) as Record<string, number>);
  return stats;
}
