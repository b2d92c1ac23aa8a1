import { generateImages, samplePairs, type Denoiser, type Generator } from '@onestep/diffusion-core';

/** Seeds that no other figure is measured with. */
const FIRST_SEED = 1_000_000;
const COUNT = 256;
const BATCH = 128;

/** Where the teacher's paths end: its images of fixed noise and classes, in 18 steps of Heun's method. */
export class PathEnds {
  private constructor(private readonly images: readonly Float32Array[]) {}

  static async sample(denoiser: Denoiser): Promise<PathEnds> {
    const images: Float32Array[] = [];
    for (const seeds of batches()) images.push((await samplePairs({ denoiser, seeds })).images);
    return new PathEnds(images);
  }

  /** The root mean square, over all pixels, of a generator's images minus the ends of the paths from the same noise and class. */
  async distance(generator: Generator): Promise<number> {
    let squares = 0;
    let count = 0;
    for (const [i, seeds] of batches().entries()) {
      const images = await generateImages({ generator, seeds });
      images.forEach((value, at) => (squares += (value - this.images[i]![at]!) ** 2));
      count += images.length;
    }
    return Math.sqrt(squares / count);
  }
}

function batches(): number[][] {
  return Array.from({ length: COUNT / BATCH }, (_, i) =>
    Array.from({ length: BATCH }, (_, at) => FIRST_SEED + i * BATCH + at),
  );
}
