import { expect, it } from 'vitest';
import { NumpyRandomState } from '@onestep/random';

it('draws the numbers of numpy.random.RandomState', () => {
  const randn = (seed: number, n: number) => [...new NumpyRandomState(seed).normal(n)];
  expect(randn(0, 5)).toEqual([
    1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.240893199201458, 1.8675579901499675,
  ]);
  expect(randn(42, 3)).toEqual([0.4967141530112327, -0.13826430117118466, 0.6476885381006925]);
  // Beyond the first 624 words of the state.
  expect(randn(2 ** 32 - 1, 700).slice(-2)).toEqual([0.12394765510547062, 0.589920353613964]);
});

it('refuses seeds that NumPy refuses', () => {
  for (const seed of [-1, 0.5, 2 ** 32])
    expect(() => new NumpyRandomState(seed)).toThrow(/A seed of NumPy is an integer/);
});
