import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pythonWith } from '../../../test-support/python.js';
import { resizeLanczos } from '../src/transform/lanczos.js';
import { patternBytes } from './sample-files.js';

const python = pythonWith('PIL');

const side = fc.integer({ min: 1, max: 40 });

it('an image of one color keeps it, and mirrored images have mirrored results', () => {
  fc.assert(
    fc.property(side, side, side, side, fc.nat(255), (width, height, toWidth, toHeight, value) => {
      const flat = { width, height, channels: 1, data: new Uint8Array(width * height).fill(value) };
      expect(new Set(resizeLanczos(flat, toWidth, toHeight).data)).toEqual(new Set([value]));
    }),
    { numRuns: 50 },
  );
  const data = patternBytes(30);
  const image = { width: 30, height: 1, channels: 1, data };
  const mirrored = { ...image, data: data.slice().reverse() };
  expect(resizeLanczos(mirrored, 13, 1).data.reverse()).toEqual(resizeLanczos(image, 13, 1).data);
});

// Skipped where Pillow is not there.
it.skipIf(python === null)('every pixel is that of Pillow, smaller and larger, gray and RGB', () => {
  const sizes = [
    [64, 40, 16, 16, 3],
    [7, 5, 32, 31, 3],
    [100, 3, 9, 64, 1],
    [33, 33, 33, 8, 3],
    [257, 129, 32, 32, 3],
    [1, 1, 8, 8, 1],
  ] as const;
  const images = sizes.map(([width, height, , , channels], i) => ({
    width,
    height,
    channels,
    data: Uint8Array.from(patternBytes(width * height * channels, i), (value, j) => (value * (j % 7)) & 255),
  }));
  const script = `
import sys, json
from PIL import Image
for (w, h, tw, th, c) in json.loads(sys.argv[1]):
    image = Image.frombytes('L' if c == 1 else 'RGB', (w, h), sys.stdin.buffer.read(w * h * c))
    sys.stdout.buffer.write(image.resize((tw, th), Image.LANCZOS).tobytes())`;
  const expected = execFileSync(python!, ['-c', script, JSON.stringify(sizes)], {
    input: Buffer.concat(images.map(({ data }) => data)),
  });
  const actual = sizes.map(([, , toWidth, toHeight], i) => resizeLanczos(images[i]!, toWidth, toHeight).data);
  expect(Buffer.concat(actual).equals(expected)).toBe(true);
});
