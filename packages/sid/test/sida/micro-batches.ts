import { expect } from 'vitest';
import type { DenoiserNetwork } from '@onestep/diffusion-core';
import { sida } from '@onestep/sid';
import { relativeError } from '../../../../test-support/fixtures.js';
import { CountedImages } from './sida.js';

/**
 * Tests that a step past both gates has the same gradients and statistics however the batch is split.
 *
 * @param fakeScore left out, a copy of the teacher
 */
export async function expectSameInMicroBatches(
  teacher: () => DenoiserNetwork,
  fakeScore?: () => DenoiserNetwork,
): Promise<void> {
  const options = { batch: 4, ls: 0.01, lsd: 0.1, lsgGan: 1, studentFromKimg: 0, ganFromKimg: 0 };
  const step = async (batchGpu: number) => {
    const network = teacher();
    const data = new CountedImages(4, network.imgResolution ** 2);
    const run = sida.create({ teacher: network, fakeScore: fakeScore?.(), data, options: { ...options, batchGpu } });
    const stats = (await run.step(4)) as Record<string, number>;
    const { tensors } = await run.state();
    // Adam's first moments are the gradients, without momentum.
    const gradients = (network: string) =>
      Object.entries(tensors).filter(([name]) => name.startsWith(`${network}_optimizer.exp_avg.`));
    return { stats, fakeScore: gradients('fake_score'), student: gradients('g') };
  };
  const [whole, ...split] = [await step(4), await step(2), await step(1)];
  for (const parts of split) {
    for (const network of ['fakeScore', 'student'] as const) {
      expect(whole![network].some(([, { data }]) => data.some((value) => value !== 0))).toBe(true);
      const all = (run: typeof parts) => run[network].flatMap(([, { data }]) => [...(data as Float32Array)]);
      expect(relativeError(all(parts), all(whole!)), network).toBeLessThan(1e-4);
      for (const [i, [name, { data }]] of parts[network].entries()) {
        const expected = whole![network][i]![1].data as Float32Array;
        // Real and generated images all but cancel in the gradients of some biases.
        if (expected.some((value) => value !== 0))
          expect(relativeError(data as Float32Array, expected), name).toBeLessThan(5e-3);
      }
    }
    for (const [name, value] of Object.entries(whole!.stats)) {
      expect(Math.abs(parts.stats[name]! - value), name).toBeLessThanOrEqual(1e-4 * Math.abs(value) + 1e-5);
    }
  }
}
