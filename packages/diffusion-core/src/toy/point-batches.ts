import { toUint8 } from '../images/to-uint8.js';
import type { ImageBatchSource } from '../training/image-batch-source.js';
import { exactPoints } from './eight-gaussians.js';

/**
 * Points of the eight Gaussians as real images of one pixel with two channels, for methods that learn from data. A pixel is a
 * byte: the points lie on a grid of 1 / 127.5, whose rounding adds 0.0023 to a standard deviation of 0.1, and one in a thousand
 * that lies outside of the square is moved to its edge.
 *
 * @param batchSize points in a batch
 * @param seed of the points, an integer from 0
 */
export function pointBatches(batchSize: number, seed: number): ImageBatchSource {
  let batches = 0;
  return {
    async next() {
      const points = exactPoints(batchSize, seed + batches);
      batches += 1;
      return { images: toUint8(points), labels: null, count: batchSize };
    },
    state: () => ({ batches }),
    restore(state) {
      const saved = Object(state) as { batches?: unknown };
      if (!Number.isSafeInteger(saved.batches)) throw new Error('The state does not say how many batches were drawn.');
      batches = saved.batches as number;
    },
  };
}
