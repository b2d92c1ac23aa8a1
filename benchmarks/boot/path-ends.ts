import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { generateImages, samplePairs, type Denoiser, type Generator } from '@onestep/diffusion-core';

/** Seeds that no other figure is measured with. */
const FIRST_SEED = 1_000_000;
const COUNT = 256;
const BATCH = 128;

/** Where the teacher's paths end: its images of fixed noise and classes, in 18 steps of Heun's method. */
export class PathEnds {
  private constructor(private readonly images: Float32Array) {}

  /** @param cache a file that they are kept in, and read from where it is there */
  static async open(denoiser: Denoiser, cache: string): Promise<PathEnds> {
    if (existsSync(cache)) return new PathEnds(new Float32Array(new Uint8Array(readFileSync(cache)).buffer));
    const images = new Float32Array(COUNT * denoiser.imgResolution ** 2 * denoiser.imgChannels);
    for (const [i, seeds] of batches().entries()) {
      images.set((await samplePairs({ denoiser, seeds })).images, (i * images.length * BATCH) / COUNT);
    }
    mkdirSync(dirname(cache), { recursive: true });
    await writeFileAtomically(cache, new Uint8Array(images.buffer));
    return new PathEnds(images);
  }

  /** The root mean square, over all pixels, of a generator's images minus the ends of the paths from the same noise and class. */
  async distance(generator: Generator): Promise<number> {
    let squares = 0;
    let count = 0;
    for (const [i, seeds] of batches().entries()) {
      const images = await generateImages({ generator, seeds });
      images.forEach((value, at) => (squares += (value - this.images[i * images.length + at]!) ** 2));
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
