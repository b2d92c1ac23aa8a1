import { generateImages, type Generator } from '@onestep/diffusion-core';

const TIMED_IMAGES = 1000;
const TIMED_BATCH = 100;

/** Images per second of a one-step generator: 1,000 images, after one batch that does not count. */
export async function timeStudent(generator: Generator): Promise<number> {
  const batch = (start: number) => Array.from({ length: TIMED_BATCH }, (_, i) => start + i);
  await generateImages({ generator, seeds: batch(0) });
  const started = performance.now();
  for (let start = 0; start < TIMED_IMAGES; start += TIMED_BATCH)
    await generateImages({ generator, seeds: batch(start) });
  return TIMED_IMAGES / ((performance.now() - started) / 1000);
}
