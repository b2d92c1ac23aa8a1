import * as tf from '@tensorflow/tfjs-core';
import type { Difference, Part } from '../part.js';
import { BATCH, smallNetwork } from '../small-network.js';
import { trainEdm, type SmallTraining } from '../small-trainings.js';

const HUNDREDS = 10;
/** What a process gains without a leak, MB. One copy of the weights in each step would be 20. */
const TOLERANCE_MB = 8;

/** A long training needs no more memory than a short one. */
export const memory: Part = {
  name: 'memory',
  about:
    'growth over 1,000 steps of EDM training on a tiny network, after the first 100: tensors that the engine holds, and ' +
    'resident memory of the process',
  unit: 'times 100 steps',
  items: () => {
    let task: SmallTraining | undefined;
    let before = { tensors: 0, megabytes: 0 };
    return Promise.resolve(
      Array.from({ length: HUNDREDS }, (_, hundred) => ({
        name: `${100 * (hundred + 1)} steps`,
        run: async () => {
          task ??= trainEdm(smallNetwork(1, { channelMult: [1], attnResolutions: [] }), 1);
          for (let i = 0; i < 100; i++) await task.step((100 * hundred + i) * BATCH);
          const now = measure();
          if (hundred === 0) before = now;
          return hundred === 0 ? [] : growth(before, now, hundred + 1);
        },
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

function growth(before: Memory, now: Memory, hundreds: number): Difference[] {
  const after = `after ${100 * hundreds} steps`;
  return [
    { quantity: `tensors ${after}`, error: Math.abs(now.tensors - before.tensors), tolerance: 0, unit: 'tensors' },
    {
      quantity: `resident memory ${after}`,
      error: Math.max(now.megabytes - before.megabytes, 0),
      tolerance: TOLERANCE_MB,
      unit: 'MB',
    },
  ];
}
