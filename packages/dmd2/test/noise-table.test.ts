import { describe, expect, it } from 'vitest';
import { drawTableSigmas, NOISE_TABLE } from '@onestep/dmd2';
import { Rng } from '@onestep/random';

describe('the table of noise levels', () => {
  it('rises from 0.002 to 80 through the published levels', () => {
    expect(NOISE_TABLE).toHaveLength(1000);
    const published = { 0: 0.002, 2: 0.00210147, 20: 0.00323159, 500: 2.52651, 980: 72.0539, 998: 79.5638, 999: 80 };
    for (const [i, sigma] of Object.entries(published)) {
      expect(Math.abs(NOISE_TABLE[Number(i)]! / sigma - 1)).toBeLessThan(3e-6);
    }
  });

  it('is drawn from uniformly, both ends included', () => {
    const drawn = drawTableSigmas(new Rng(1), 4000, { first: 20, last: 23 });
    for (const i of [20, 21, 22, 23]) {
      const count = drawn.filter((sigma) => sigma === NOISE_TABLE[i]).length;
      expect(Math.abs(count - 1000)).toBeLessThan(150);
    }
  });
});
