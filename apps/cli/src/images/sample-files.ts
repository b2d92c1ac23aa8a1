import { dirname, join } from 'node:path';
import type { NamedClasses, SampledImage, SampleOptions } from 'onestep';
import {
  ALONE,
  onFirstRank,
  shareOf,
  workTogether,
  type Communicator,
  type NetworkCost,
} from '@onestep/diffusion-core';
import { encodePng } from '@onestep/datasets';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { writeCaptions } from './caption-file.js';
import { settleLabels } from '../networks/label-choice.js';
import type { LabelOptions } from '../options/label-options.js';
import { adviseSampling } from '../memory/advise-sampling.js';
import { withProgress } from '../terminal/progress.js';
import { drawComparisonGrid } from './comparison-grid.js';
import { gatherImages } from './gather-images.js';
import { checkSharedFolder, makeFolders, removeEmpty } from './sample-folders.js';
import { sampleSettings, writeSampleNote } from './sample-note.js';
import { writeCanvas } from './write-canvas.js';
import { writeLine, writeNote } from '../terminal/output-mode.js';

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

/** The samples that this process made. */
export interface OwnSamples {
  /** In the order of their seeds; none unless `keep` or `grid` is set. */
  images: readonly Uint8Array[];
  /** Index of the first one among all. */
  first: number;
  /** How many images all processes made, and how fast. */
  made: SamplesMade;
}

/** What a sampling command prints as JSON. */
export interface SamplesMade {
  outdir: string;
  numImages: number;
  /** Network evaluations per image. */
  evaluations: number;
  imagesPerSecond: number;
}

/**
 * Samples batch by batch and writes one PNG per seed: `{seed:06d}.png`, with `subdirs` in `{seed - seed % 1000:06d}/`.
 * Prints how many images were made, and how fast. Several processes make whole batches each, the same images as one, in the same
 * folder; process 0 writes everything else.
 *
 * @throws RangeError or UserError before any work if the network does not have the class or the label, or the processes see
 *   different folders; NonFiniteImagesError if it returns NaN; OtherRankError if another process failed
 */
export async function writeSampleFiles(
  options: SampleFileOptions,
  { model, evaluations, sample }: ImageSampler,
  signal: AbortSignal,
  communicator: Communicator = ALONE,
): Promise<OwnSamples> {
  const { outdir, seeds, subdirs, batch = model.batchSize, grid, keep = grid !== undefined } = options;
  const { notes, prompt, ...labels } = settleLabels(options, model);
  // Sampling nothing checks the labels, before there is a folder.
  await sample({ seeds: [], ...labels });
  const prompts =
    prompt === undefined
      ? undefined
      : seeds.map((_, i) => (typeof prompt === 'string' ? prompt : prompt[i % prompt.length]!));
  const warning = adviseSampling(model.network.cost, Math.min(batch, seeds.length), (fits) => `--batch ${fits} fits.`);
  for (const note of [...notes, ...(warning === null ? [] : [warning])]) writeNote(note);
  const subfolder = (seed: number) => (subdirs ? sixDigits(seed - (seed % 1000)) : '');
  const fileOf = (seed: number) => join(subfolder(seed), `${sixDigits(seed)}.png`);
  const folders = [
    outdir,
    ...new Set(seeds.map((seed) => join(outdir, subfolder(seed)))),
    ...(grid === undefined ? [] : [dirname(grid)]),
  ];
  const made = await onFirstRank(communicator, () => makeFolders(folders));
  await checkSharedFolder(outdir, communicator);

  const batches = Math.ceil(seeds.length / batch);
  const own = shareOf(batches, communicator);
  const rounds = shareOf(batches, { ...communicator, rank: 0 }).end;
  const promptsOf = (number: number) => prompts?.slice(number * batch, (number + 1) * batch);
  const images: Uint8Array[] = [];
  let seconds = 0;
  let done = 0;
  await withProgress('images', async (progress) => {
    for (let next = own.start; next < own.start + rounds; next++) {
      const group = next < own.end ? seeds.slice(next * batch, (next + 1) * batch) : [];
      // The others are about as far.
      const onProgress = (count: number) =>
        progress.update(Math.min(done + count * communicator.size, seeds.length), seeds.length);
      const makeBatch = async () => {
        if (group.length === 0) return 0;
        const from = performance.now();
        const sampled = await sample({ seeds: group, ...labels, prompt: promptsOf(next), batch, onProgress, signal });
        seconds += (performance.now() - from) / 1000;
        for (const [i, image] of sampled.entries()) {
          await writeFileAtomically(join(outdir, fileOf(group[i]!)), encodePng(image.data, image));
          if (keep) images.push(image.data);
        }
        return group.length;
      };
      done += await workTogether(communicator, makeBatch, signal).catch(async (error: unknown) => {
        // A network that returns NaN leaves nothing behind.
        if (done === 0) await removeEmpty(made);
        throw error;
      });
    }
  });
  await onFirstRank(communicator, async () => {
    await writeSampleNote(outdir, await sampleSettings(options), seeds.map(fileOf));
    if (prompts !== undefined) await writeCaptions(outdir, seeds.map(fileOf), prompts);
  });
  if (grid !== undefined) {
    const all = await gatherImages(communicator, images, model.resolution ** 2 * model.channels);
    await onFirstRank(communicator, () => writeGrid(grid, all, model));
  }
  const imagesPerSecond = seeds.length / seconds;
  const each = `${evaluations} network evaluation${evaluations === 1 ? '' : 's'} each`;
  writeLine(`${seeds.length} images in ${outdir}: ${each}, ${imagesPerSecond.toFixed(1)} images/s`);
  return {
    images,
    first: own.start * batch,
    made: { outdir, numImages: seeds.length, evaluations, imagesPerSecond },
  };
}

/** Writes all images as a square. */
async function writeGrid(path: string, images: readonly Uint8Array[], model: ImageSampler['model']): Promise<void> {
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
