import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Rng } from '@onestep/random';
import { readSafetensors } from '@onestep/checkpoint/node';
import { describe, expect, it } from 'vitest';
import { AugmentPipe, TRAINING_AUGMENTATION, UNCHANGED, type AugmentParameters } from '../src/index.js';
import { relativeError } from '../../../test-support/fixtures.js';

const ALL = new AugmentPipe({
  ...TRAINING_AUGMENTATION,
  rotateInt: 1,
  translateInt: 1,
  brightness: 1,
  contrast: 1,
  lumaflip: 1,
  hue: 1,
  saturation: 1,
});

/** Numbers of no pattern, as an image of `size` by `size`. */
const noise = (size: number, channels: number, seed = 1) =>
  Float32Array.from(new Rng(seed).uniform(size * size * channels, -1, 1));

/** An image after the given transforms. */
function augmented(image: Float32Array, size: number, channels: number, given: Partial<AugmentParameters>) {
  const pixels = image.slice();
  ALL.apply({ pixels, size, channels }, [{ ...UNCHANGED, ...given }]);
  return pixels;
}

/** A whole-pixel move of an image that goes on mirrored. */
function moved(image: Float32Array, size: number, right: number, down: number) {
  const bounce = (i: number) =>
    size - 1 - Math.abs(size - 1 - (((i % (2 * size - 2)) + 2 * size - 2) % (2 * size - 2)));
  return Float32Array.from(image, (_, i) => {
    const y = Math.floor(i / size);
    return image[bounce(y - down) * size + bounce((i % size) - right)]!;
  });
}

it('rows of a batch are augmented as in the whole batch', () => {
  const images = () => noise(8, 3 * 5);
  const [whole, part] = [new Rng(4), new Rng(4)];
  const [all, some] = [images(), images()];
  const labels = ALL.augment({ pixels: all, size: 8, channels: 3 }, whole);
  expect(ALL.augment({ pixels: some, size: 8, channels: 3, rows: { start: 1, end: 3 } }, part)).toEqual(labels);
  expect(part.state()).toEqual(whole.state());
  const each = 8 * 8 * 3;
  expect(some.subarray(each, 3 * each)).toEqual(all.subarray(each, 3 * each));
  expect(some.subarray(3 * each)).toEqual(images().subarray(3 * each));
});

describe('augmented images', () => {
  it('are those that PyTorch computes from the description (test/data/augmentation.py)', async () => {
    const path = fileURLToPath(new URL('data/augmentation.safetensors', import.meta.url));
    const { tensors, metadata } = await readSafetensors(path);
    const cases = JSON.parse(metadata.cases!) as { name: string; parameters: AugmentParameters }[];
    expect(cases.length).toBe(14);
    for (const [i, { name, parameters }] of cases.entries()) {
      const { shape, data } = tensors[`image.${i}`]!;
      const pixels = augmented(data as Float32Array, shape[0]!, shape[2]!, parameters);
      const error = relativeError(pixels, tensors[`result.${i}`]!.data as Float32Array);
      if (process.env.ONESTEP_PRINT_ERRORS) console.log(name, error);
      expect(error, name).toBeLessThan(2e-7);
    }
  });

  it('are the images themselves where nothing is done', () => {
    for (const channels of [1, 3]) {
      const image = noise(8, channels);
      expect(augmented(image, 8, channels, {})).toEqual(image);
    }
  });

  it('are undone by the same mirroring, and by four quarter turns', () => {
    const image = noise(8, 3);
    for (const once of [{ xflip: 1 }, { yflip: 1 }, { rotateInt: 2 }] as const) {
      const result = augmented(image, 8, 3, once);
      expect(result).not.toEqual(image);
      expect(augmented(result, 8, 3, once)).toEqual(image);
    }
    const turned = augmented(image, 8, 3, { rotateInt: 1 });
    expect(augmented(turned, 8, 3, { rotateInt: 3 })).toEqual(image);
    // Counter-clockwise: the first row is the last column, read downwards.
    expect([...turned.subarray(0, 3)]).toEqual([...image.subarray(7 * 3, 8 * 3)]);
    expect([...turned.subarray(7 * 3, 8 * 3)]).toEqual([...image.subarray(63 * 3, 64 * 3)]);
  });

  it('move by whole pixels with mirrored edges', () => {
    const image = noise(16, 1);
    // 16 * 0.125 = 2 pixels for a parameter of 1; the second one counts upwards.
    expect(augmented(image, 16, 1, { translateInt: [1, -0.6] })).toEqual(moved(image, 16, 2, 1));
  });

  const close = (actual: Float32Array, expected: Float32Array) =>
    expect(relativeError(actual, expected)).toBeLessThan(1e-6);

  it('move by the interpolating transform exactly as by whole pixels, where the move is whole', () => {
    const image = noise(16, 1);
    for (const [right, down] of [
      [2, 0],
      [-3, 5],
      [1, -1],
    ] as const) {
      close(augmented(image, 16, 1, { translateFrac: [right / 2, down / 2] }), moved(image, 16, right, down));
    }
  });

  it('turn counter-clockwise for positive angles', () => {
    // A smooth image: the filter is not quite symmetric, so that turned noise is not the turn of the noise.
    const smooth = Float32Array.from({ length: 256 }, (_, i) => Math.sin((i % 16) / 5) + Math.cos(i / 16 / 3));
    const turned = augmented(smooth, 16, 1, { rotateFrac: Math.PI / 2 });
    expect(relativeError(turned, augmented(smooth, 16, 1, { rotateInt: 1 }))).toBeLessThan(0.03);
    expect(relativeError(turned, augmented(smooth, 16, 1, { rotateInt: 3 }))).toBeGreaterThan(0.5);
  });

  it('keep a constant image, as long as no pixel comes from beyond the mirror images around it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const pipe = new AugmentPipe({
          ...TRAINING_AUGMENTATION,
          scaleStd: 0.05,
          anisoStd: 0.05,
          translateFracStd: 0.05,
        });
        const pixels = new Float32Array(12 * 12).fill(0.25);
        pipe.apply({ pixels, size: 12, channels: 1 }, pipe.draw(1, new Rng(seed)));
        for (const value of pixels) expect(value).toBeCloseTo(0.25, 5);
      }),
      { numRuns: 50 },
    );
  });

  it('refuse what is neither gray nor RGB', () => {
    expect(() => ALL.apply({ pixels: new Float32Array(32), size: 4, channels: 2 }, [UNCHANGED])).toThrow('2 channels');
    expect(() => new AugmentPipe({ p: NaN })).toThrow('p must be 0 or more, not NaN');
  });
});

describe('augmentation labels', () => {
  const pipe = new AugmentPipe({ ...TRAINING_AUGMENTATION, p: 0.5 });

  it('are nine for the transforms of training, in the published order', () => {
    expect(pipe.labelDim).toBe(9);
    const parameters: AugmentParameters = {
      ...UNCHANGED,
      xflip: 1,
      scale: 0.5,
      rotateFrac: Math.PI / 2,
      aniso: { w: 2, r: Math.PI },
      translateFrac: [0.25, -0.75],
      hue: 1,
    };
    const expected = [1, 0, 0.5, -1, 1, -2, 0, 0.25, -0.75];
    pipe.labels([parameters]).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    expect(pipe.labels([UNCHANGED, UNCHANGED])).toEqual(new Float32Array(18));
    expect(ALL.labelDim).toBe(2 + 2 + 2 + 7 + 6);
  });

  it('are zero for p = 0 but for the mirroring, which is a fair coin for every image', () => {
    const off = new AugmentPipe({ ...TRAINING_AUGMENTATION, p: 1e-8 });
    const drawn = off.draw(2000, new Rng(3));
    const labels = off.labels(drawn);
    const flipped = drawn.filter(({ xflip }) => xflip === 1).length;
    expect(Math.abs(flipped - 1000)).toBeLessThan(5 * Math.sqrt(500));
    labels.forEach((value, i) => i % 9 === 0 || expect(value).toBe(0));
    const none = new AugmentPipe({ ...TRAINING_AUGMENTATION, p: 0 });
    expect(none.labels(none.draw(100, new Rng(3)))).toEqual(new Float32Array(900));
  });

  it('follow the published distributions', () => {
    const n = 20_000;
    const drawn = new AugmentPipe({ ...TRAINING_AUGMENTATION, p: 0.5 }).draw(n, new Rng(7));
    const share = (test: (p: AugmentParameters) => boolean) => drawn.filter(test).length / n;
    const within = (actual: number, expected: number) => expect(Math.abs(actual - expected)).toBeLessThan(0.02);
    within(
      share(({ yflip }) => yflip === 1),
      0.25,
    );
    within(
      share(({ scale }) => scale !== 0),
      0.5,
    );
    within(
      share(({ scale }) => Math.abs(scale) > 1),
      0.5 * 0.3173,
    );
    within(
      share(({ rotateFrac }) => rotateFrac > Math.PI / 2),
      0.125,
    );
    within(
      share(({ aniso }) => aniso.w !== 0 && aniso.r === 0),
      0.25,
    );
    within(
      share(({ translateFrac: [x, y] }) => x * y < 0),
      0.25,
    );
  });

  it('do not depend on the images that come later in the batch', () => {
    expect(pipe.draw(3, new Rng(1))).toEqual(pipe.draw(8, new Rng(1)).slice(0, 3));
  });
});

it('images in shares, one stream for all, become what they would in one batch, with the same labels', () => {
  const images = Float32Array.from(new Rng(5).uniform(4 * 64, -1, 1));
  const whole = images.slice();
  const wholeLabels = ALL.augment({ pixels: whole, size: 8, channels: 1 }, new Rng(9));
  expect(whole).not.toEqual(images);
  const rng = new Rng(9);
  const shares = [images.slice(0, 64), images.slice(64)];
  const labels = shares.flatMap((pixels) => [...ALL.augment({ pixels, size: 8, channels: 1 }, rng)]);
  expect(shares.flatMap((pixels) => [...pixels])).toEqual([...whole]);
  expect(labels).toEqual([...wholeLabels]);
});
