import { Rng } from '@onestep/random';
import type { PairBatchSource } from './pair-batch-source.js';
import type { PairSet } from './pair-set.js';

/**
 * Draws the pairs of a set without end: all of them in random order, then all of them in another order, and so on. A batch
 * may reach over the end of a pass.
 *
 * @param seed of the orders, an integer from 0
 */
export function shufflePairs(set: PairSet, seed: number): PairBatchSource {
  const { length } = set;
  if (length === 0) throw new RangeError('There are no pairs to draw from.');
  const rng = new Rng(seed, 'pairs');
  let drawn = 0;
  let pass = -1;
  let order: Int32Array = new Int32Array(0);
  const draw = () => {
    const current = Math.floor(drawn / length);
    if (current !== pass) order = rng.stream(String(current)).permutation(length);
    pass = current;
    return order[drawn++ % length]!;
  };
  const { imgResolution, imgChannels, labelDim, labels, guidance } = set;
  return {
    imgResolution,
    imgChannels,
    labelDim,
    labels,
    guidance,
    next: (count) => set.read(Int32Array.from({ length: count }, draw)),
    state: () => ({ seed, length, drawn }),
    restore(state) {
      const saved = Object(state) as { seed?: unknown; length?: unknown; drawn?: unknown };
      if (!Number.isSafeInteger(saved.drawn) || (saved.drawn as number) < 0) {
        throw new Error('The training state does not say which pairs were drawn.');
      }
      if (saved.length !== length || saved.seed !== seed) {
        throw new Error(
          `The run was started with ${String(saved.length)} pairs and the seed ${String(saved.seed)}, and there are ` +
            `${length} pairs with the seed ${seed} here: pass the pairs of the run.`,
        );
      }
      drawn = saved.drawn as number;
    },
  };
}
