import * as tf from '@tensorflow/tfjs-core';
import type { Difference, Part } from '../part.js';
import { BATCH, smallNetwork } from '../small-network.js';
import { trainEdm, type SmallTraining } from '../small-trainings.js';

/** Numbers of steps after which memory is measured, for the first time when the engine holds all its tensors. */
const STOPS = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000];
/** Compilers and garbage collectors move resident memory by tens of MB in the first steps. */
const SETTLED = 200;
/** What a process gains without a leak, MB. One copy of the weights in each step would be 20. */
const TOLERANCE_MB = 8;

/** A long training needs no more memory than a short one. */
export const memory: Part = {
  name: 'memory',
  about:
    'growth over 1,000 steps of EDM training on a tiny network: tensors that the engine holds, after the first 50 steps, and ' +
    'resident memory of the process, after the first 200',
  unit: 'step',
  items: () => {
    let task: SmallTraining | undefined;
    const before: Memory[] = [];
    const runTo = (from: number, to: number) => async () => {
      task ??= trainEdm(smallNetwork(1, { channelMult: [1], attnResolutions: [] }), 1);
      for (let i = from; i < to; i++) await task.step(i * BATCH);
      const now = measure();
      const differences = from === 0 ? [] : growth(before, now, to);
      if (to <= SETTLED) before.push(now);
      return differences;
    };
    return Promise.resolve(
      STOPS.map((to, i) => ({
        name: `${to} steps`,
        count: to - (STOPS[i - 1] ?? 0),
        run: runTo(STOPS[i - 1] ?? 0, to),
      })),
    );
  },
};

type Memory = ReturnType<typeof measure>;

function measure() {
  // Exposed by --expose-gc. Garbage, and pages that the heap keeps for later, are not what a training needs.
  globalThis.gc?.();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return { tensors: tf.memory().numTensors, megabytes: (rss - heapTotal + heapUsed) / 2 ** 20 };
}

/** Growth against the first measurement; of resident memory, against the largest until the engine has settled. */
function growth(before: readonly Memory[], now: Memory, steps: number): Difference[] {
  const after = `after ${steps} steps`;
  const tensors = Math.abs(now.tensors - before[0]!.tensors);
  const differences: Difference[] = [{ quantity: `tensors ${after}`, error: tensors, tolerance: 0, unit: 'tensors' }];
  if (steps > SETTLED) {
    const error = Math.max(now.megabytes - Math.max(...before.map(({ megabytes }) => megabytes)), 0);
    differences.push({ quantity: `resident memory ${after}`, error, tolerance: TOLERANCE_MB, unit: 'MB' });
  }
  return differences;
}
