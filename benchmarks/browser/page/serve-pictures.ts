import { serve } from '../../../apps/web/src/rpc/serve.js';
import { countDispatches } from '../../webgpu/dispatches.js';
import type { PictureCalls, Side } from './calls.js';

/** Makes the pictures of some seeds, [N, H, W, C]. */
export type MakePictures = (seeds: readonly number[], classes: readonly number[]) => Promise<Float32Array>;

/** Classes of the networks that are measured. */
export const CLASSES = 10;

/**
 * Answers the calls of the page.
 *
 * @param begin starts an engine with a network. @returns the engine in one line, and what makes pictures
 */
export function servePictures(begin: (side: Side) => Promise<{ engine: string; make: MakePictures }>): void {
  let make: MakePictures;
  let dispatches = () => 0;
  serve<PictureCalls>({
    async start(side) {
      if (side.device === 'webgpu') dispatches = countDispatches();
      const begun = await begin(side);
      make = begun.make;
      return { engine: begun.engine, isCrossOriginIsolated: self.crossOriginIsolated };
    },

    async run({ count, batch }) {
      const times: number[] = [];
      let pixels: number[] = [];
      const before = dispatches();
      for (let i = 0; i < count; i++) {
        const seeds = Array.from({ length: batch }, (_, j) => i * batch + j);
        const start = performance.now();
        const made = await make(
          seeds,
          seeds.map((seed) => seed % CLASSES),
        );
        times.push(performance.now() - start);
        if (i === 0) pixels = Array.from(made);
      }
      return { times, pixels, dispatches: (dispatches() - before) / count };
    },
  });
}
