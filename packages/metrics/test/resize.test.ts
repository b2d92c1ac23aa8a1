import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resizeToSquare } from '../src/index.js';
import { largestDifference, parseCases, pattern, tolerance } from './support/resize-cases.js';

const committed = parseCases(readFileSync(new URL('data/resize.jsonl', import.meta.url), 'utf8'));

describe('resized images', () => {
  it.each(committed.map((each) => [`${each.rule} ${each.width}x${each.height} to ${each.side}`, each] as const))(
    'are those of Pillow and PyTorch: %s',
    (_name, each) => {
      expect(largestDifference(each)).toBeLessThanOrEqual(tolerance(each));
    },
  );

  it('have three equal channels if they are gray, and keep an image of the right size', () => {
    const gray = { data: Uint8Array.of(0, 100, 200, 50), width: 2, height: 2, channels: 1 };
    const enlarged = resizeToSquare(gray, 4, 'torch-bilinear');
    for (let i = 0; i < 16; i++) expect(new Set(enlarged.subarray(3 * i, 3 * i + 3)).size).toBe(1);
    const image = pattern(6, 6);
    for (const rule of ['tensorflow1', 'pillow-bicubic', 'torch-bicubic-antialias'] as const) {
      expect([...resizeToSquare(image, 6, rule)]).toEqual([...image.data]);
    }
    expect(() => resizeToSquare({ ...gray, channels: 2, width: 1 }, 4, 'tensorflow1')).toThrow(/2 channels/);
  });
});
