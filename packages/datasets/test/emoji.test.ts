import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { makeEmojiDataset, openDataset } from '../src/index.js';
import { writeFiles } from './convert-and-read.js';
import { temporaryFolder } from './sample-files.js';

/** Six emoji of the npm package, two skin tones of one; see NOTICE.md there. */
const EXCERPT = fileURLToPath(new URL('data/emoji', import.meta.url));

async function make(options: Partial<Parameters<typeof makeEmojiDataset>[0]> = {}) {
  const dest = join(temporaryFolder(), 'emoji.zip');
  const made = await makeEmojiDataset({ source: EXCERPT, dest, resolution: 16, ...options });
  const dataset = await openDataset(dest, { useLabels: true, useCaptions: true });
  const all = Array.from({ length: dataset.length }, (_, i) => i);
  const images = all.map((i) => dataset.imageAt(i));
  const contents = {
    made,
    captions: all.map((i) => dataset.captionAt(i)),
    classes: all.map((i) => dataset.classNames![dataset.classAt(i)!]),
    pixel: (image: number, x: number, y: number) => [...images[image]!.slice(3 * (16 * y + x)).slice(0, 3)],
  };
  dataset.close();
  return contents;
}

it('emoji are cut from the sheet in the order of Unicode, with names as captions and categories as classes', async () => {
  const { made, captions, classes } = await make();
  expect(captions).toEqual([
    'grinning face',
    'heavy black heart',
    'waving hand sign',
    'cat face',
    'red apple',
    'france flag',
  ]);
  expect(classes).toEqual([
    'Smileys & Emotion',
    'Smileys & Emotion',
    'People & Body',
    'Animals & Nature',
    'Food & Drink',
    'Flags',
  ]);
  expect(made).toMatchObject({ numImages: 6, resolution: 16, channels: 3, numClasses: 5, numCaptions: 6 });
  expect(made.notes.join()).toContain('Apache License 2.0');
});

it('only the categories that are asked for are taken', async () => {
  const { captions, made } = await make({ categories: ['Smileys & Emotion', 'Flags'] });
  expect(captions).toEqual(['grinning face', 'heavy black heart', 'france flag']);
  expect(made.numClasses).toBe(2);
  await expect(make({ categories: ['Smileys'] })).rejects.toThrow(
    /no category "Smileys".*: Animals & Nature, .*Smileys/,
  );
});

it('skin tones are pictures of their own, which the captions name', async () => {
  const { captions, made } = await make({ skinTones: true });
  expect(made.numCaptions).toBe(8);
  expect(captions.slice(2, 5)).toEqual([
    'waving hand sign',
    'waving hand sign with light skin tone',
    'waving hand sign with dark skin tone',
  ]);
});

it('the transparent ground has the chosen color, and a heart is red', async () => {
  const [onWhite, onBlue] = [await make(), await make({ ground: [10, 20, 250] })];
  expect(onWhite.pixel(1, 0, 0)).toEqual([255, 255, 255]);
  expect(onBlue.pixel(1, 0, 0)).toEqual([10, 20, 250]);
  const [red, green, blue] = onBlue.pixel(1, 8, 8) as [number, number, number];
  expect(red).toBeGreaterThan(180);
  expect(Math.max(green, blue)).toBeLessThan(100);
  expect(onWhite.pixel(1, 8, 8)).toEqual([red, green, blue]);
});

it('other sources and pictures that are not of Google are refused or left out', async () => {
  const folder = join(temporaryFolder(), 'package');
  cpSync(EXCERPT, folder, { recursive: true });
  await expect(make({ source: folder, resolution: 32 })).rejects.toThrow(/has no img\/google\/sheets\/32\.png/);
  await expect(make({ source: folder, resolution: 24 as 32 })).rejects.toThrow(/resolution is one of 16, 32, 64/);
  const entry = { name: 'A', category: 'B', sheet_x: 0, sheet_y: 0, sort_order: 2, has_img_google: true };
  const list = (entries: object[]) => writeFileSync(join(folder, 'emoji.json'), JSON.stringify(entries));
  list([{ ...entry, name: 'Of Apple', has_img_google: false }, entry, { ...entry, name: 'First', sort_order: 1 }]);
  expect((await make({ source: folder })).captions).toEqual(['first', 'a']);
  list([{ ...entry, sheet_x: 9 }]);
  await expect(make({ source: folder })).rejects.toThrow(/72x36, too small for the picture of "a"/);
  list([{ ...entry, category: 3 }]);
  await expect(make({ source: folder })).rejects.toThrow(/an entry is .*it is not the list of emoji-datasource-google/);
  rmSync(join(folder, 'emoji.json'));
  await expect(make({ source: writeFiles(folder, { 'a.txt': 'x' }) })).rejects.toThrow(
    /npm pack emoji-datasource-google/,
  );
});
