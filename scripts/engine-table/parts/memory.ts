import * as tf from '@tensorflow/tfjs-core';
import type { Difference, Part } from '../part.js';
import { BATCH, smallNetwork } from '../small-network.js';
import { trainEdm, type SmallTraining } from '../small-trainings.js';

/** Numbers of steps after which memory is measured, for the first time when the engine has settled. */
const STOPS = [50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000];
/** What a process gains without a leak, MB. One copy of the weights in each step would be 20. */
const TOLERANCE_MB = 8;

/** A long training needs no more memory than a short one. */
export const memory: Part = {
  name: 'memory',
  about:
    'growth over 1,000 steps of EDM training on a tiny network, after the first 50: tensors that the engine holds, and ' +
    'resident memory of the process',
  unit: 'step',
  items: () => {
    let task: SmallTraining | undefined;
    let settled: Memory | undefined;
    const runTo = (from: number, to: number) => async () => {
      task ??= trainEdm(smallNetwork(1, { channelMult: [1], attnResolutions: [] }), 1);
      for (let i = from; i < to; i++) await task.step(i * BATCH);
      settled ??= measure();
      return from === 0 ? [] : growth(settled, measure(), to);
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

function growth(before: Memory, now: Memory, steps: number): Difference[] {
  const after = `after ${steps} steps`;
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
