import { describe, expect, it } from 'vitest';
import { RandomStreams } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

const streams = (seed = 3, task = 'test') => new RandomStreams(seed, task, ['a', 'b']);

describe('RandomStreams', () => {
  it('has a stream per name, which draws from one another never move', () => {
    const [untouched, moved] = [streams(), streams()];
    moved.get('a').normal(5);
    expect(moved.get('b').normal(4)).toEqual(untouched.get('b').normal(4));
    expect(moved.get('a').normal(4)).not.toEqual(untouched.get('a').normal(4));
  });

  it('draws other numbers for another name, seed or task', () => {
    const draws = [streams().get('a'), streams().get('b'), streams(4).get('a'), streams(3, 'other').get('a')].map(
      (rng) => rng.normal(4).join(),
    );
    expect(new Set(draws).size).toBe(draws.length);
  });

  it('draws the numbers of the streams of one root, which states of earlier versions count on', () => {
    expect(streams().get('b').normal(4)).toEqual(new Rng(3, 'test').stream('b').normal(4));
  });

  it('resumes from a state that went through JSON', () => {
    const random = streams();
    random.get('a').normal(3);
    const state = JSON.parse(JSON.stringify(random.state())) as ReturnType<typeof random.state>;
    const rest = [random.get('a').normal(4), random.get('b').normal(4)];
    const resumed = streams(99);
    resumed.restore(state);
    expect([resumed.get('a').normal(4), resumed.get('b').normal(4)]).toEqual(rest);
  });
});
