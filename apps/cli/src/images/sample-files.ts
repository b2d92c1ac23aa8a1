import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NamedClasses, SampledImage, SampleOptions } from 'onestep';
import type { NetworkCost } from '@onestep/diffusion-core';
import { encodePng } from '@onestep/datasets';
import { makeFolder, writeFileAtomically } from '@onestep/checkpoint/node';
import { settleLabels } from '../networks/label-choice.js';
import type { LabelOptions } from '../options/label-options.js';
import { adviseSampling } from '../memory/advise-sampling.js';
import { withProgress } from '../terminal/progress.js';
import { drawComparisonGrid } from './comparison-grid.js';
import { sampleSettings, writeSampleNote } from './sample-note.js';
import { writeCanvas } from './write-canvas.js';

/** Options that all sampling commands share: which images to sample, and where to write them. */
export interface SampleFileOptions extends LabelOptions {
  outdir: string;
  seeds: number[];
  subdirs?: boolean;
  /** Images in a network call; left out, the model's default. */
  batch?: number;
  /** A PNG file with all images. */
  grid?: string;
  /** Whether to return the images. */
  keep?: boolean;
}

/** A model, and a function that samples it. */
export interface ImageSampler {
  model: NamedClasses & {
    readonly batchSize: number;
    readonly resolution: number;
    readonly channels: number;
    readonly network: { readonly cost?: NetworkCost };
  };
  /** Network evaluations per image. */
  evaluations: number;
  sample(options: SampleOptions): Promise<SampledImage[]>;
}

/**
 * Samples batch by batch and writes one PNG per seed: `{seed:06d}.png`, with `subdirs` in `{seed - seed % 1000:06d}/`.
 * Prints how many images were made, and how fast.
 *
 * @returns the images in the order of their seeds, if `keep` or `grid` is set
 * @throws RangeError or UserError before any work if the network does not have the class or the label;
 *   NonFiniteImagesError if it returns NaN
 */
export async function writeSampleFiles(
  options: SampleFileOptions,
  { model, evaluations, sample }: ImageSampler,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const { outdir, seeds, subdirs, batch = model.batchSize, grid, keep = grid !== undefined } = options;
  const { notes, ...labels } = settleLabels(options, model);
  // Sampling nothing checks the labels, before there is a folder.
  await sample({ seeds: [], ...labels });
  const warning = adviseSampling(model.network.cost, Math.min(batch, seeds.length), (fits) => `--batch ${fits} fits.`);
  for (const note of [...notes, ...(warning === null ? [] : [warning])]) console.error(note);
  const subfolder = (seed: number) => (subdirs ? sixDigits(seed - (seed % 1000)) : '');
  const fileOf = (seed: number) => join(subfolder(seed), `${sixDigits(seed)}.png`);
  const folders = [
    outdir,
    ...new Set(seeds.map((seed) => join(outdir, subfolder(seed)))),
    ...(grid === undefined ? [] : [dirname(grid)]),
  ];
  const made = await makeFolders(folders);

  const all: Uint8Array[] = [];
  let seconds = 0;
  await withProgress('images', async (progress) => {
    for (let done = 0; done < seeds.length; done += batch) {
      const group = seeds.slice(done, done + batch);
      const onProgress = (count: number) => progress.update(done + count, seeds.length);
      const from = performance.now();
      const images = await sample({ seeds: group, ...labels, batch, onProgress, signal }).catch(
        async (error: unknown) => {
          // A network that returns NaN leaves nothing behind.
          if (done === 0) await removeEmpty(made);
          throw error;
        },
      );
      seconds += (performance.now() - from) / 1000;
      for (const [i, image] of images.entries()) {
        await writeFileAtomically(join(outdir, fileOf(group[i]!)), encodePng(image.data, image));
        if (keep) all.push(image.data);
      }
    }
  });
  await writeSampleNote(outdir, await sampleSettings(options), seeds.map(fileOf));
  if (grid !== undefined) await writeGrid(grid, all, model);
  const speed = (seeds.length / seconds).toFixed(1);
  console.log(
    `${seeds.length} images in ${outdir}: ${evaluations} network evaluation${evaluations === 1 ? '' : 's'} each, ${speed} images/s`,
  );
  return all;
}

/** Makes folders and those above them. @returns those that did not exist, the deepest first */
async function makeFolders(folders: readonly string[]): Promise<string[]> {
  const made: string[] = [];
  for (const folder of folders) made.unshift(...(await makeFolder(folder)));
  return made;
}

/** Removes those folders that are empty. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
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
