import { Rng } from '@onestep/random';
import { expect, it, vi } from 'vitest';
import { FeatureStatistics, frechetDistance } from '../src/index.js';

const DIM = 20;

/** Statistics of vectors of independent features. */
function sampleMoments(seed: number) {
  const statistics = new FeatureStatistics(DIM);
  statistics.add(Float32Array.from(new Rng(seed).normal(60 * DIM)), 60);
  return statistics.moments();
}

// In a process of its own: other modules are loaded anew, too.
it('the Fréchet distance needs no WebAssembly', async () => {
  const [a, b] = [sampleMoments(1), sampleMoments(2)];
  const distance = frechetDistance(a, b);
  vi.stubGlobal('WebAssembly', undefined);
  vi.resetModules();
  const { frechetDistance: withoutWebAssembly } = await import('../src/frechet-distance.js');
  expect(withoutWebAssembly(a, b) / distance).toBeCloseTo(1, 10);
});
