import { describe, expect, it } from 'vitest';
import { drawClasses, RandomStreams } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

describe('drawClasses', () => {
  it('is uniform, or follows the probabilities', () => {
    const frequencies = (classes: Int32Array) => [0, 1, 2].map((c) => classes.filter((k) => k === c).length / 4000);
    frequencies(drawClasses(new Rng(1), 4000, 3, null)).forEach((f) => expect(f).toBeCloseTo(1 / 3, 1));
    const weighted = frequencies(drawClasses(new Rng(1), 4000, 3, [3, 0, 1]));
    weighted.forEach((f, c) => expect(Math.abs(f - [0.75, 0, 0.25][c]!)).toBeLessThan(0.03));
    expect(drawClasses(new Rng(1), 10, 0, null).length).toBe(0);
  });
});

describe('RandomStreams', () => {
  it('refuses a state that lacks one of its streams, and changes nothing', () => {
    const streams = new RandomStreams(3, 'test', ['a', 'b']);
    const { a } = streams.state();
    streams.get('a').bits(8);
    expect(() => streams.restore({ a })).toThrow('no random stream b');
    expect(streams.state().a).not.toEqual(a);
  });
});
