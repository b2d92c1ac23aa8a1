import { Rng } from '@onestep/random';

/**
 * One random stream for each image of a batch, seeded by the image's own seed. Every draw of an image comes from its
 * stream, so an image depends on its seed alone, and not on the batch it happens to be made in.
 */
export class ImageStreams {
  private readonly streams: Rng[];

  /** @param seeds one an image, integers from 0 */
  constructor(seeds: readonly number[]) {
    this.streams = seeds.map((seed) => new Rng(seed));
  }

  get count(): number {
    return this.streams.length;
  }

  /** Standard normal numbers, `perImage` from each stream, image by image. */
  normal(perImage: number): Float32Array {
    const out = new Float32Array(this.count * perImage);
    this.streams.forEach((rng, i) => out.set(rng.normal(perImage), i * perImage));
    return out;
  }

  /** One integer an image, uniform in [0, bound). */
  integers(bound: number): number[] {
    return this.each((rng) => rng.integers(1, bound)[0]!);
  }

  /** What `draw` takes from each stream. */
  each<T>(draw: (rng: Rng) => T): T[] {
    return this.streams.map(draw);
  }
}
