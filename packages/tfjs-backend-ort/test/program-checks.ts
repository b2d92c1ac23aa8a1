import fc from 'fast-check';
import { expect } from 'vitest';
import { programs, run, type Trace } from './programs.js';
import { distance, tf, useOrt } from './support.js';

function expectAlike(actual: Trace, expected: Trace): void {
  expect(actual.tensors).toBe(expected.tensors);
  expect(actual.reads).toHaveLength(expected.reads.length);
  actual.reads.forEach((numbers, i) => expect(distance(numbers, expected.reads[i]!)).toBeLessThan(1e-4));
}

/** Checks that random programs compute the CPU backend's numbers, on ort alone and when both backends share the work. */
export async function checkPrograms(numRuns: number, length: number, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(programs(length), async (program) => {
      await tf.setBackend('cpu');
      // Some programs are invalid: the CPU backend refuses them, or their numbers explode and differ by more than rounding.
      const expected = await run(program).catch(() => null);
      fc.pre(expected?.finite ?? false);
      const ort = await useOrt();
      ort.flush();
      const held = ort.numDataIds();
      expectAlike(await run(program), expected!);
      expect(ort.numDataIds()).toBe(held);
      expectAlike(await run(program, ['cpu', 'ort']), expected!);
      expect(ort.numDataIds()).toBe(held);
    }),
    { numRuns, seed },
  );
}
