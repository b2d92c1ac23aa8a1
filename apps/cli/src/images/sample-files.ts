import { dirname, join } from 'node:path';
import type { ClassName, SampledImage, SampleOptions } from 'onestep';
import { encodePng } from '@onestep/datasets';
import { makeFolder, writeFileAtomically } from '@onestep/checkpoint/node';
import { withProgress } from '../terminal/progress.js';
import { drawComparisonGrid } from './comparison-grid.js';
import { writeCanvas } from './write-canvas.js';

/** Options that all sampling commands share: which images to sample, and where to write them. */
export interface SampleFileOptions {
  outdir: string;
  seeds: number[];
  subdirs?: boolean;
  /** The class of every image; left out, random. */
  class?: ClassName;
  /** Images in a network call; left out, the model's default. */
  batch?: number;
  /** A PNG file with all images. */
  grid?: string;
  /** Whether to return the images. */
  keep?: boolean;
}

/** A model, and a function that samples it. */
export interface ImageSampler {
  model: { readonly batchSize: number; readonly resolution: number; readonly channels: number };
  /** Network evaluations per image. */
  evaluations: number;
  sample(options: SampleOptions): Promise<SampledImage[]>;
}

/**
 * Samples batch by batch and writes one PNG per seed: `{seed:06d}.png`, with `subdirs` in `{seed - seed % 1000:06d}/`.
 * Prints how many images were made, and how fast.
 *
 * @returns the images in the order of their seeds, if `keep` or `grid` is set
 * @throws RangeError before any work if the network does not have the class
 */
export async function writeSampleFiles(
  options: SampleFileOptions,
  { model, evaluations, sample }: ImageSampler,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const { outdir, seeds, subdirs, batch = model.batchSize, grid, keep = grid !== undefined } = options;
  // Sampling nothing checks the class, before there is a folder.
  await sample({ seeds: [], class: options.class });
  const folderOf = (seed: number) => (subdirs ? join(outdir, sixDigits(seed - (seed % 1000))) : outdir);
  for (const folder of new Set(seeds.map(folderOf))) await makeFolder(folder);
  if (grid !== undefined) await makeFolder(dirname(grid));

  const all: Uint8Array[] = [];
  let seconds = 0;
  await withProgress('images', async (progress) => {
    for (let done = 0; done < seeds.length; done += batch) {
      const group = seeds.slice(done, done + batch);
      const onProgress = (count: number) => progress.update(done + count, seeds.length);
      const from = performance.now();
      const images = await sample({ seeds: group, class: options.class, batch, onProgress, signal });
      seconds += (performance.now() - from) / 1000;
      for (const [i, image] of images.entries()) {
        await writeFileAtomically(
          join(folderOf(group[i]!), `${sixDigits(group[i]!)}.png`),
          encodePng(image.data, image),
        );
        if (keep) all.push(image.data);
      }
    }
  });
  if (grid !== undefined) await writeGrid(grid, all, model);
  const speed = (seeds.length / seconds).toFixed(1);
  console.log(
    `${seeds.length} images in ${outdir}: ${evaluations} network evaluation${evaluations === 1 ? '' : 's'} each, ${speed} images/s`,
  );
  return all;
}

/** Writes all images as a square. */
async function writeGrid(path: string, images: Uint8Array[], model: ImageSampler['model']): Promise<void> {
  const perRow = Math.ceil(Math.sqrt(images.length));
  const rows = Array.from({ length: Math.ceil(images.length / perRow) }, (_, row) =>
    images.slice(row * perRow, (row + 1) * perRow),
  );
  const format = { size: model.resolution, channels: model.channels, scale: 2 };
  await writeCanvas(path, drawComparisonGrid([{ title: '', rows }], [], format));
}

function sixDigits(value: number): string {
  return String(value).padStart(6, '0');
}
