import { beforeAll, describe, expect, it } from 'vitest';
import { isMultiStep } from '@onestep/diffusion-core';
import { loadGenerator, METHODS, type OneStepGenerator } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { tinyTeacher } from './support/tiny-networks.js';

beforeAll(startTestBackend);

/** What files of some methods say besides. */
const SETTINGS = { boundary: 0.002, transition: 1, gridPoints: null };

/** A generator that a method trained, as its file says. */
const trainedBy = async (method: string | undefined): Promise<OneStepGenerator> =>
  loadGenerator(await tinyTeacher({ generator: { initSigma: 2.5, ...SETTINGS, ...(method && { method }) } }));

/** All but MeanFlow, whose network is of a kind of its own. */
const TRIED = METHODS.filter(({ name }) => name !== 'mean-flow');

describe('a generator makes images in several steps', () => {
  it.each(TRIED.map(({ name, severalSteps = false }) => [name, severalSteps] as const))(
    'if its method says so: %s, %s',
    async (method, severalSteps) => {
      const generator = await trainedBy(method);
      expect(isMultiStep(generator.generator)).toBe(severalSteps);
      if (severalSteps) expect(generator.levelsOf({ steps: 2 })).toEqual([2.5, expect.any(Number)]);
      else {
        // The way out names methods that do.
        await expect(generator.sample({ seeds: [0], steps: 2 })).rejects.toThrow(
          /trains generators that make images in one step only\. Leave out `steps` and `levels`, .* of the methods sid, /,
        );
      }
      expect(generator.levelsOf({ steps: 1 })).toBeNull();
      generator.dispose();
    },
  );

  it('if nothing says how it was trained, but not if its method is unknown', async () => {
    const [published, unknown] = [await trainedBy(undefined), await trainedBy('my-method')];
    expect(published.levelsOf({ steps: 3 })).toHaveLength(3);
    expect(() => unknown.levelsOf({ steps: 3 })).toThrow(/the method "my-method" trains generators .* one step only/);
  });

  it('of the levels that are chosen, as many calls as levels, the same for a seed in any batch', async () => {
    const generator = await trainedBy('sid');
    const [usual, two, chosen] = await Promise.all(
      [{}, { steps: 2 }, { levels: [2.5, 0.821] }].map((choice) => generator.sample({ seeds: [3, 4], ...choice })),
    );
    expect(chosen).toEqual(two);
    expect(two![1]!.data).not.toEqual(usual![1]!.data);
    expect(await generator.sample({ seeds: [4], steps: 2 })).toEqual([two![1]]);
    expect(await generator.sample({ seeds: [3, 4], steps: 1 })).toEqual(usual);
    await expect(generator.sample({ seeds: [0], levels: [1, 0.5] })).rejects.toThrow(/`levels` 1,0\.5 must be 2\.5/);
  });
});
