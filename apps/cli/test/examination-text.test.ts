import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { encodePng, examineImages } from '@onestep/datasets';
import { describeExamination } from '../src/reports/examination-text.js';

it('describes images in lines of at most 80 characters, whatever their names', async () => {
  const folder = join(
    mkdtempSync(join(tmpdir(), 'onestep-text-')),
    'a folder of pictures with a very long name '.repeat(2),
  );
  onTestFinished(() => rmSync(dirname(folder), { recursive: true }));
  const flat = (value: number, size: number) =>
    encodePng(new Uint8Array(size * size * 3).fill(value), { width: size, height: size, channels: 3 });
  const long = 'picture of a cat '.repeat(6);
  const files: Record<string, Uint8Array | string> = {
    [`${long}/0.png`]: flat(50, 8),
    [`${long}/1.png`]: flat(50, 8),
    'dog \u{1f415}/2.png': flat(255, 4),
    'dog \u{1f415}/3.png': 'nothing',
    'dog \u{1f415}/Thumbs.db': '',
  };
  for (const [name, contents] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), contents);
  }
  const lines = describeExamination(await examineImages(folder));
  expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
  const text = lines.join('\n');
  for (const part of [
    'images      3',
    'resolution  2 sizes\n  2 of 8x8, 3 channels',
    'class   0  1  dog \u{1f415}',
    '1 image cannot be read:\n  dog \u{1f415}/3.png: not a PNG',
    '1 image of 3 equals one before:\n  picture of a cat',
    '1 image is white:\n  dog \u{1f415}/2.png',
    'all 3 images are gray and stored as RGB',
  ]) {
    expect(text).toContain(part);
  }
});
