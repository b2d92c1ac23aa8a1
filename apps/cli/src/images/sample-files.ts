import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodePng } from '@onestep/datasets';
import { checkClass } from '@onestep/diffusion-core';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { withProgress } from '../terminal/progress.js';
import { drawComparisonGrid } from './comparison-grid.js';
import { seedBatches } from './seed-batches.js';
import { writeCanvas } from './write-canvas.js';

/** Options that all sampling commands share: which images to sample, and where to write them. */
export interface SampleFileOptions {
  outdir: string;
  seeds: number[];
  subdirs?: boolean;
  /** Class of every image. Left out, each image gets a random class. */
  class?: number;
  batch: number;
  /** Path of a PNG file with all images. */
  grid?: string;
  /** Whether to return the images. */
  keep?: boolean;
}

/** Format of the images. */
export interface SampleFormat {
  imgResolution: number;
  imgChannels: number;
  labelDim: number;
}

/** A batch of images. */
export interface SampledBatch {
  /** [N, H, W, C] uint8 */
  images: Uint8Array;
  /** Network evaluations per image. */
  evaluations: number;
}

/** Samples a batch of seeds, and reports the share of it that is done. */
export type SampleBatch = (seeds: number[], onProgress: (share: number) => void) => Promise<SampledBatch>;

/**
 * Samples batch by batch, and writes one PNG per seed: `{seed:06d}.png`, with `subdirs` in `{seed - seed % 1000:06d}/`.
 * Prints the number of images and the speed.
 *
 * @returns the images in the order of their seeds, if `keep` or `grid` is set
 * @throws RangeError before any work if the network does not have the class
 */
export async function writeSampleFiles(
  options: SampleFileOptions,
  format: SampleFormat,
  signal: AbortSignal,
  sample: SampleBatch,
): Promise<Uint8Array[]> {
  const { outdir, seeds, subdirs, batch, grid, keep = grid !== undefined } = options;
  const { imgResolution: size, imgChannels: channels } = format;
  checkClass(format.labelDim, options.class);
  const bytes = size * size * channels;
  const folderOf = (seed: number) => (subdirs ? join(outdir, sixDigits(seed - (seed % 1000))) : outdir);
  for (const folder of new Set(seeds.map(folderOf))) await mkdir(folder, { recursive: true });
  if (grid !== undefined) await mkdir(dirname(grid), { recursive: true });

  const all: Uint8Array[] = [];
  let seconds = 0;
  let evaluations = 0;
  await withProgress('images', async (progress) => {
    let done = 0;
    for (const group of seedBatches(seeds, batch)) {
      signal.throwIfAborted();
      const from = performance.now();
      const sampled = await sample(group, (share) => progress.update(done + share * group.length, seeds.length));
      seconds += (performance.now() - from) / 1000;
      evaluations = sampled.evaluations;
      for (const [i, seed] of group.entries()) {
        const image = sampled.images.subarray(i * bytes, (i + 1) * bytes);
        const png = encodePng(image, { width: size, height: size, channels });
        await writeFileAtomically(join(folderOf(seed), `${sixDigits(seed)}.png`), png);
        if (keep) all.push(image);
      }
      done += group.length;
      progress.update(done, seeds.length);
    }
  });
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
  return all;
}

function sixDigits(value: number): string {
  return String(value).padStart(6, '0');
}
