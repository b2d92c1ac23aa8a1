import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePngSamples } from '@onestep/datasets';
import { encodePng, showImages, type SampledImage } from '../src/index.js';
import { tileImages } from '../src/show/tile-images.js';

const images = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }), channels: fc.constantFrom(1, 3) })
  .chain((shape) => {
    const size = shape.width * shape.height * shape.channels;
    const data = fc.uint8Array({ minLength: size, maxLength: size });
    return fc.array(data.map((each): SampledImage => ({ ...shape, data: each })), { minLength: 1, maxLength: 7 });
  }); // prettier-ignore

describe('encodePng', () => {
  it('writes what a decoder of PNG reads', () =>
    fc.assert(
      fc.asyncProperty(images, async ([image]) => {
        const { data, ...shape } = decodePngSamples(await encodePng(image!), 'a.png');
        expect({ ...shape, data: Uint8Array.from(data) }).toEqual(image);
      }),
    ));

  it('refuses what is no image', async () => {
    const image = { width: 2, height: 1, channels: 1, data: new Uint8Array(2) };
    await expect(encodePng({ ...image, channels: 2 })).rejects.toThrow(/1 or 3 channels .* not 2 bytes for 2x1x2/);
    await expect(encodePng({ ...image, width: 3 })).rejects.toThrow(RangeError);
  });
});

describe('tileImages', () => {
  it('has every pixel of every image, and white between them', () =>
    fc.assert(
      fc.property(images, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), (list, columns, scale) => {
        const { width, height, channels } = list[0]!;
        const picture = tileImages(list, { columns, scale });
        const across = Math.min(columns, list.length);
        expect(picture.width).toBe(across * (width * scale + 2) - 2);
        let covered = 0;
        for (const [i, image] of list.entries()) {
          const left = (i % across) * (width * scale + 2);
          const top = Math.floor(i / across) * (height * scale + 2);
          for (let y = 0; y < height * scale; y++) {
            for (let x = 0; x < width * scale; x++) {
              const at = ((top + y) * picture.width + left + x) * channels;
              const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
              expect(picture.data.subarray(at, at + channels)).toEqual(image.data.subarray(from, from + channels));
              picture.data.fill(0, at, at + channels);
              covered += channels;
            }
          }
        }
        expect(picture.data.filter((value) => value === 255)).toHaveLength(picture.data.length - covered);
      }),
      { numRuns: 30 },
    ));

  it('says what cannot be shown together', () => {
    const image = { width: 2, height: 1, channels: 1, data: new Uint8Array(2) };
    expect(() => tileImages([])).toThrow('There are no images to show: pass at least one.');
    expect(() => tileImages([image, { ...image, width: 1, height: 2 }])).toThrow(/not 2x1x1 and 1x2x1/);
    expect(() => tileImages([image], { scale: 0.5 })).toThrow('scale must be a whole number from 1, not 0.5.');
  });
});

it('showImages makes a value that a Jupyter kernel shows', async () => {
  const image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(3, 4) };
  const shown = await showImages(image, { scale: 2 });
  const { [Symbol.for('Jupyter.display')]: display } = shown as unknown as Record<symbol, () => Record<string, string>>;
  const { 'image/png': base64, 'text/plain': text } = display!();
  expect(text).toBe('1 image');
  expect(shown.src).toBe(`data:image/png;base64,${base64}`);
  expect(Buffer.from(base64!, 'base64')).toEqual(Buffer.from(shown.png));
  const { data } = decodePngSamples(shown.png, 'shown');
  expect([...data]).toEqual([3, 3, 4, 4, 3, 3, 4, 4]);
});
