import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MaskRng, Rng } from '../src/index.js';

const seed = fc.integer({ min: 0, max: 1000 });
const count = fc.integer({ min: 1, max: 9 });

it('an image has the same numbers in whatever micro-batch it is', () => {
  fc.assert(
    fc.property(seed, count, count, (seed, first, second) => {
      const whole = MaskRng.draw(new Rng(seed));
      const parts = [whole.share(0), whole.share(first)];
      for (let mask = 0; mask < 3; mask++) {
        const together = [...parts[0]!.seeds(first), ...parts[1]!.seeds(second)];
        expect(together).toEqual([...whole.seeds(first + second)]);
      }
    }),
  );
});

it('masks, images and batches have different numbers', () => {
  const rng = new Rng(1);
  const [a, b] = [MaskRng.draw(rng), MaskRng.draw(rng)];
  const words = [...a.seeds(20), ...a.seeds(20), ...b.seeds(20)];
  expect(new Set(words).size).toBe(words.length);
});

it('restarts with the numbers of another batch', () => {
  const rng = new Rng(1);
  const [kept, next] = [MaskRng.draw(rng), MaskRng.draw(rng).share(5)];
  kept.seeds(3);
  kept.restart(next);
  expect(kept.seeds(3)).toEqual(next.seeds(3));
  expect(kept.seeds(3)).toEqual(next.seeds(3));
});
