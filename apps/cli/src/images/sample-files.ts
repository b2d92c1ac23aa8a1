import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodePng } from '@onestep/datasets';
import { writeFileAtomically } from '@onestep/nn/node';
import { Progress } from '../terminal/progress.js';
import { drawComparisonGrid } from './comparison-grid.js';
import { writeCanvas } from './write-canvas.js';

/** Where sampled images go; the options that all sampling commands share. */
export interface SampleFileOptions {
  outdir: string;
  seeds: number[];
  subdirs?: boolean;
  batch: number;
  /** A PNG file with all images. */
  grid?: string;
}

/** Images of a batch of seeds, [N, H, W, C] uint8, and what each cost. */
export interface SampledBatch {
  images: Uint8Array;
  evaluations: number;
}

/**
 * Samples batch by batch and writes one PNG a seed: `{seed:06d}.png`, with `subdirs` in `{seed - seed % 1000:06d}/`.
 * Prints how many were made, at which speed.
 */
export async function writeSampleFiles(
  { outdir, seeds, subdirs, batch, grid }: SampleFileOptions,
  format: { imgResolution: number; imgChannels: number },
  signal: AbortSignal,
  sample: (seeds: number[]) => Promise<SampledBatch>,
): Promise<void> {
  const { imgResolution: size, imgChannels: channels } = format;
  const bytes = size * size * channels;
  const folderOf = (seed: number) => (subdirs ? join(outdir, sixDigits(seed - (seed % 1000))) : outdir);
  for (const folder of new Set(seeds.map(folderOf))) await mkdir(folder, { recursive: true });
  if (grid !== undefined) await mkdir(dirname(grid), { recursive: true });

  const progress = new Progress('images');
  const all: Uint8Array[] = [];
  let seconds = 0;
  let evaluations = 0;
  for (let start = 0; start < seeds.length; start += batch) {
    signal.throwIfAborted();
    const group = seeds.slice(start, start + batch);
    const from = performance.now();
    const sampled = await sample(group);
    seconds += (performance.now() - from) / 1000;
    evaluations = sampled.evaluations;
    for (const [i, seed] of group.entries()) {
      const image = sampled.images.subarray(i * bytes, (i + 1) * bytes);
      await writeFileAtomically(
        join(folderOf(seed), `${sixDigits(seed)}.png`),
        encodePng(image, { width: size, height: size, channels }),
      );
      if (grid !== undefined) all.push(image);
    }
    progress.update(start + group.length, seeds.length);
  }
  progress.end();
  if (grid !== undefined) {
    const perRow = Math.ceil(Math.sqrt(all.length));
    const rows = Array.from({ length: Math.ceil(all.length / perRow) }, (_, r) =>
      all.slice(r * perRow, (r + 1) * perRow),
    );
    await writeCanvas(grid, drawComparisonGrid([{ title: '', rows }], [], { size, channels, scale: 2 }));
  }
  const speed = (seeds.length / seconds).toFixed(1);
  console.log(
    `${seeds.length} images in ${outdir}: ${evaluations} network evaluation${evaluations === 1 ? '' : 's'} each, ${speed} images/s`,
  );
}

function sixDigits(value: number): string {
  return String(value).padStart(6, '0');
}
