import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { convertDataset, encodePng, openDataset, type ConvertOptions } from '../src/index.js';
import { temporaryFolder } from './sample-files.js';

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Record<string, Uint8Array | string>): string {
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  return folder;
}

/** Converts a source. @returns the first pixels, classes, names and captions of the data set */
export async function convertAndRead(source: string, options: Partial<ConvertOptions> = {}) {
  const dest = options.dest ?? join(temporaryFolder(), 'made.zip');
  const result = await convertDataset({ source, dest, ...options });
  const dataset = await openDataset(dest, { useLabels: 'if-present', useCaptions: true });
  const all = Array.from({ length: dataset.length }, (_, i) => i);
  const contents = {
    result,
    classNames: dataset.classNames,
    first: all.map((i) => dataset.imageAt(i)[0]),
    classes: all.map((i) => dataset.classAt(i)),
    names: all.map((i) => dataset.nameAt(i)),
    labels: all.map((i) => [...dataset.labelAt(i)]),
    captions: all.map((i) => dataset.captionAt(i)),
  };
  dataset.close();
  return contents;
}

/** A gray PNG image of one level. */
export const level = (value: number, size = 4) =>
  encodePng(new Uint8Array(size * size).fill(value), { width: size, height: size, channels: 1 });

/** An RGB PNG image of one color. */
export const color = (red: number, green = 7, blue = 8, size = 4) =>
  encodePng(
    Uint8Array.from({ length: size * size * 3 }, (_, i) => [red, green, blue][i % 3]!),
    { width: size, height: size, channels: 3 },
  );
