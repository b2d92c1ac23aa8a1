import { Rng } from '@onestep/random';

/**
 * One random stream per image of a batch, seeded with the image's own seed. Every random number of an image comes from
 * its stream, so an image depends on its seed alone and not on the batch it is generated in.
 */
export class ImageStreams {
  private readonly streams: Rng[];

  /** @param seeds one per image, integers from 0 */
  constructor(seeds: readonly number[]) {
    this.streams = seeds.map((seed) => new Rng(seed));
  }

  /** Number of images. */
  get count(): number {
    return this.streams.length;
  }

  /**
   * Draws `perImage` standard normal numbers from each stream.
   *
   * @returns [N, perImage] row-major
   */
  normal(perImage: number): Float32Array {
    const out = new Float32Array(this.count * perImage);
    this.streams.forEach((rng, i) => out.set(rng.normal(perImage), i * perImage));
    return out;
  }

  /** Draws one integer per image, uniform in [0, bound). */
  integers(bound: number): number[] {
    return this.map((rng) => rng.integers(1, bound)[0]!);
  }

  /** Calls `draw` with each image's stream, and returns what it returns. */
  map<T>(draw: (rng: Rng) => T): T[] {
    return this.streams.map(draw);
  }
}
