import { startBackend } from '@onestep/backends';
import { upsampleFiltered, type Module } from '@onestep/nn';
import { Rng } from '@onestep/random';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { EqualizedLinear } from '../src/networks/equalized-linear.js';
import { SynthesisLayer } from '../src/networks/synthesis-layer.js';
import { ToRgbLayer } from '../src/networks/to-rgb-layer.js';
import { generatorOf } from './support/tiny-networks.js';

beforeAll(async () => {
  await startBackend('wasm');
});

const RUNS = { numRuns: 25 };
const seed = fc.integer({ min: 0, max: 1e6 });
const images = fc.integer({ min: 1, max: 3 });

const normal = <R extends tf.Rank>(rng: Rng, shape: tf.ShapeMap[R]) =>
  tf.tensor<R>(rng.normal(tf.util.sizeFromShape(shape as number[])), shape);

/** Biases and noise strengths are zero at first. */
function drawParameters(module: Module, rng: Rng): void {
  for (const [, { variable }] of module.namedParameters()) variable.assign(normal(rng, variable.shape));
}

/** Where something is differentiated, the layers are composed of tfjs's operations. */
function composed<T extends tf.Tensor>(x: tf.Tensor, f: (x: T) => tf.Tensor): tf.Tensor {
  return tf.valueAndGrad((x) => f(x as T))(x).value;
}

/** Checks that the kernel does what the composition does, and nothing where it does not apply. */
function expectSame<T extends tf.Tensor>(x: T, f: (x: T) => tf.Tensor): void {
  const before = tf.memory().numTensors;
  const compiled = tf.tidy(() => f(x));
  expect(tf.memory().numTensors).toBe(before + 1);
  const expected = composed<T>(x, f);
  expect(compiled.shape).toEqual(expected.shape);
  const scale = Math.max(1, ...tf.abs(expected).dataSync());
  expect(tf.max(tf.abs(tf.sub(compiled, expected))).dataSync()[0]! / scale).toBeLessThan(1e-5);
}

describe('on wasm, what is compiled equals its composition', () => {
  it('a synthesis layer of any size, with noise of each image, of all, and none', () => {
    const size = fc.record({
      n: images,
      side: fc.constantFrom(4, 6, 8),
      from: fc.constantFrom(3, 4, 12),
      // The widest are sorted first, of many pixels the second widest too.
      to: fc.constantFrom(6, 8, 24, 72, 136),
    });
    const options = fc.record({
      up: fc.boolean(),
      useNoise: fc.boolean(),
      clamp: fc.constantFrom(null, 1.5),
      gain: fc.constantFrom(1, Math.SQRT1_2),
    });
    fc.assert(
      fc.property(seed, size, options, fc.constantFrom('each', 'all', 'none'), (seed, size, options, noise) => {
        tf.tidy(() => {
          const { n, side, from, to } = size;
          const rng = new Rng(seed);
          const resolution = options.up ? 2 * side : side;
          const layer = new SynthesisLayer(from, to, rng, { ...options, wDim: 8, resolution });
          drawParameters(layer, rng);
          const w = normal<tf.Rank.R2>(rng, [n, 8]);
          const ofNoise = noise === 'none' ? null : normal<tf.Rank.R4>(rng, [noise === 'each' ? n : 1, resolution, resolution, 1]); // prettier-ignore
          expectSame(normal<tf.Rank.R4>(rng, [n, side, side, from]), (x) => layer.forward(x, w, ofNoise));
        });
      }),
      RUNS,
    );
  });

  it('the layer that makes an image', () => {
    const channels = fc.record({ from: fc.constantFrom(3, 8, 20), to: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(seed, images, channels, fc.constantFrom(null, 0.7), (seed, n, { from, to }, clamp) => {
        tf.tidy(() => {
          const rng = new Rng(seed);
          const layer = new ToRgbLayer(from, to, 8, clamp, rng);
          drawParameters(layer, rng);
          const w = normal<tf.Rank.R2>(rng, [n, 8]);
          expectSame(normal<tf.Rank.R4>(rng, [n, 4, 3, from]), (x) => layer.forward(x, w));
        });
      }),
      RUNS,
    );
  });

  it('a dense layer', () => {
    const width = fc.constantFrom(3, 4, 8, 20);
    fc.assert(
      fc.property(seed, images, width, width, fc.boolean(), (seed, n, from, to, activation) => {
        tf.tidy(() => {
          const rng = new Rng(seed);
          const layer = new EqualizedLinear(from, to, rng, { activation, lrMultiplier: 0.5 });
          drawParameters(layer, rng);
          expectSame(normal<tf.Rank.R2>(rng, [n, from]), (x) => layer.forward(x));
        });
      }),
      RUNS,
    );
  });

  it('the resampling of images, with any filter', () => {
    const size = fc.record({ h: fc.integer({ min: 1, max: 5 }), w: fc.integer({ min: 1, max: 5 }) });
    const filters = fc.constantFrom([2, 0], [4, 0], [4, 1], [4, 2], [6, 2]);
    fc.assert(
      fc.property(seed, images, size, filters, (seed, n, { h, w }, [length, padding]) => {
        fc.pre(2 * Math.min(h, w) - 2 + length! - 2 * padding! > 0);
        tf.tidy(() => {
          const rng = new Rng(seed);
          const filter = tf.variable(normal(rng, [length!, length!]));
          expectSame(normal<tf.Rank.R4>(rng, [n, h, w, 3]), (x) => upsampleFiltered(x, filter, padding!));
        });
      }),
      RUNS,
    );
  });

  it('one kernel computes each layer of a generator', async () => {
    const { mapping, synthesis } = generatorOf({ zDim: 8, wDim: 8, imgResolution: 16, channelBase: 128 });
    const z = normal<tf.Rank.R2>(new Rng(1), [2, 8]);
    const run = () => synthesis.synthesize(mapping.broadcast(mapping.map(z)), synthesis.constNoise());
    const { kernels } = await tf.profile(run);
    const layers = kernels.map(({ name }) => name).filter((name) => /conv|matmul|linear|layer|upsample/i.test(name));
    // Two of the mapping; a style and a convolution for each other layer.
    expect(layers.filter((name) => name === 'EqualizedLinear').length).toBe(2 + 5 + 3);
    expect(layers.filter((name) => name === 'SynthesisLayer').length).toBe(5);
    expect(layers.filter((name) => name === 'ToRgbLayer').length).toBe(3);
    expect(layers.filter((name) => name === 'UpsampleFiltered').length).toBe(2);
    expect(layers.length).toBe(20);
  });
});
