import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { AdaptiveAugmentation, augment, AUGMENTATION_PRESETS, uploadAugmentations } from '../src/index.js';
import { makeFilterBank } from '../src/augmentation/filter-bank.js';
import { stylegan2Augmentation } from '../../../parity/checks/stylegan2-augmentation.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { describeParity } from '../../../test-support/parity.js';

beforeAll(startTestBackend);

describeParity(stylegan2Augmentation, 'training-gan', /^augment/);

const N = 3;
type Images = tf.Tensor4D;

function draw(rng: Rng, size: number, channels: number): Images {
  return tf.tensor4d(rng.normal(N * size * size * channels), [N, size, size, channels]);
}

/** Draws transforms for images of a kind. */
function drawTensors(preset: keyof typeof AUGMENTATION_PRESETS, size: number, channels: number, p: number, rng: Rng) {
  const augmentation = new AdaptiveAugmentation(AUGMENTATION_PRESETS[preset], { size, channels });
  return uploadAugmentations(augmentation.draw(rng, N, p));
}

const dot = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)) as tf.Scalar;
const read = async (x: tf.Tensor) => (await x.data())[0]!;

describe('an augmentation', () => {
  it('is affine, and its gradients are the adjoint and the linear part', async () => {
    const kinds = fc.constantFrom(['bgcfnc', 24, 3] as const, ['bgc', 8, 1] as const, ['bg', 5, 2] as const);
    await fc.assert(
      fc.asyncProperty(kinds, fc.nat(), fc.double({ min: 0.3, max: 1, noNaN: true }), async (kind, seed, p) => {
        const [preset, size, channels] = kind;
        const rng = new Rng(seed);
        const tensors = drawTensors(preset, size, channels, p, rng);
        const [x, v, y] = [draw(rng, size, channels), draw(rng, size, channels), draw(rng, size, channels)];
        const moved = tf.sub(augment(tf.add(x, v), tensors), augment(x, tensors));
        const adjoint = (y: tf.Tensor) => tf.grad((x: tf.Tensor) => dot(augment(x as Images, tensors), y))(x);
        // Linear in y, so that the derivative of <A'y, v> is Av.
        const again = tf.grad((y: tf.Tensor) => dot(adjoint(y), v))(y);
        const size2 = tf.mul(tf.norm(moved), tf.norm(y));
        expect(Math.abs(await read(tf.div(tf.sub(dot(moved, y), dot(adjoint(y), v)), size2)))).toBeLessThan(1e-5);
        expect(await read(tf.div(tf.norm(tf.sub(again, moved)), tf.norm(moved)))).toBeLessThan(1e-5);
      }),
      { numRuns: 6 },
    );
  });

  it('is replayed with other transforms and another p', async () => {
    const run = compileStep(({ x, tensors }: { x: Images; tensors: ReturnType<typeof drawTensors> }) => {
      const y = augment(x, tensors);
      return { y, slope: tf.grad((x: tf.Tensor) => tf.sum(tf.square(augment(x as Images, tensors))))(x) };
    });
    for (const [seed, p] of [0, 0.2, 0.9, 1, 0.5].entries()) {
      const rng = new Rng(seed);
      const tensors = drawTensors('bgc', 8, 3, p, rng);
      const x = draw(rng, 8, 3);
      const replayed = run({ x, tensors });
      const y = augment(x, tensors);
      const slope = tf.grad((x: tf.Tensor) => tf.sum(tf.square(augment(x as Images, tensors))))(x);
      expect(await read(tf.norm(tf.sub(replayed.y!, y)))).toBeLessThan(1e-4);
      expect(await read(tf.norm(tf.sub(replayed.slope!, slope)))).toBeLessThan(1e-3);
    }
  });

  it('of p = 0 changes nothing but by its resampling', async () => {
    const rng = new Rng(1);
    const x = draw(rng, 24, 3);
    // The filters of the doubling and the halving are orthogonal, so that only rounding remains.
    for (const [preset, error] of [
      ['bgcfnc', 1e-5],
      ['color', 1e-6],
      ['cutout', 0],
    ] as const) {
      // prettier-ignore
      const y = augment(x, drawTensors(preset, 24, 3, 0, rng));
      expect(await read(tf.div(tf.norm(tf.sub(y, x)), tf.norm(x))), preset).toBeLessThanOrEqual(error);
    }
  });

  it('mirrors half of the images, but for a filter that is not quite symmetric', async () => {
    const n = 40;
    const augmentation = new AdaptiveAugmentation({ xflip: 1 }, { size: 6, channels: 1 });
    const rng = new Rng(3);
    const x = tf.tensor4d(rng.normal(n * 36), [n, 6, 6, 1]);
    const y = augment(x, uploadAugmentations(augmentation.draw(rng, n, 1)));
    const distance = (a: tf.Tensor) => tf.mean(tf.abs(tf.sub(a, y)), [1, 2, 3]).data();
    const [same, mirrored] = [await distance(x), await distance(tf.reverse(x, 2))];
    const flipped = mirrored.filter((_, i) => same[i]! > 1e-5);
    expect(flipped.length).toBeGreaterThan(n / 4);
    expect(flipped.length).toBeLessThan((3 * n) / 4);
    expect(Math.max(...flipped)).toBeLessThan(0.4);
  });

  it('moves by whole pixels exactly, and mirrors what comes in', async () => {
    const augmentation = new AdaptiveAugmentation({ xint: 1 }, { size: 16, channels: 1 });
    // 1 pixel to the right, 2 up: -2 to 2 pixels are possible.
    const moves = Float64Array.of(0.75, 0, 0.5);
    const rng = {
      uniform: (n: number) => (n === 2 ? moves.subarray(0, 2) : moves.subarray(2)),
      normal: () => new Float32Array(),
    };
    const x = tf.tensor4d(new Rng(1).normal(256), [1, 16, 16, 1]);
    const y = augment(x, uploadAugmentations(augmentation.draw(rng, 1, 1)));
    const padded = tf.mirrorPad(x, [[0, 0], [0, 2], [1, 0], [0, 0]], 'reflect'); // prettier-ignore
    const expected = tf.slice(padded, [0, 2, 0, 0], [1, 16, 16, 1]);
    expect(await read(tf.max(tf.abs(tf.sub(y, expected))))).toBeLessThan(1e-5);
  });

  it('keeps only what a cutout leaves, a quarter missing at most', async () => {
    const y = augment(tf.ones([N, 8, 8, 3]) as Images, drawTensors('cutout', 8, 3, 1, new Rng(1)));
    const kept = await tf.mean(y, [1, 2, 3]).data();
    for (const share of kept) {
      expect(share).toBeGreaterThanOrEqual(0.75);
      expect(share).toBeLessThan(1);
    }
  });
});

it('the filter bank adds up to the identity', () => {
  const bank = makeFilterBank();
  bank[0]!.forEach((_, k) => {
    const sum = bank.reduce((total, band) => total + band[k]!, 0);
    expect(sum).toBeCloseTo(k === 21 ? 1 : 0, 12);
  });
});

describe('refuses', () => {
  it('colors of images that are neither gray nor RGB', () => {
    expect(() => new AdaptiveAugmentation({ hue: 1 }, { size: 8, channels: 4 })).toThrow(/4 channels: set .* to 0/);
  });

  it('filters that reach beyond the image', () => {
    expect(() => new AdaptiveAugmentation({ imgfilter: 1 }, { size: 16, channels: 3 })).toThrow(/16x16 .* 22x22/);
  });

  it('unknown transforms, and probabilities below zero', () => {
    expect(() => new AdaptiveAugmentation({ yflip: 1 } as object, { size: 8, channels: 3 })).toThrow(/'yflip'/);
    expect(() => new AdaptiveAugmentation({ xint: -1 }, { size: 8, channels: 3 })).toThrow(/'xint' is -1/);
  });
});
