import { basename, join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import type { ImageDataset } from '@onestep/datasets';
import {
  generateImages,
  sampleImages,
  toUint8,
  type ClassChoice,
  type Denoiser,
  type Generator,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { shownClasses, shownPrompts } from '../images/class-samples.js';
import { drawComparisonGrid } from '../images/comparison-grid.js';
import { writeCanvas } from '../images/write-canvas.js';

/** In a run's folder: the prompt of each row of its pictures, one per line. */
export const ROW_PROMPTS = 'fakes.txt';
/** The captions of the real images, one per line, row by row. */
export const REAL_CAPTIONS = 'reals.txt';

/** Images in a row of a student's grid, and rows where there are no classes. */
const STUDENT_SIDE = 10;
/** The same for a diffusion model, which evaluates its network 35 times for an image. */
const TEACHER_SIDE = 4;
const TEACHER_BATCH = 16;
/** Steps of the EDM sampler, as published for CIFAR-10. */
const STEPS = 18;

/** The name of the pictures of a snapshot, in its folder. */
export const pictureOf = (snapshot: string): string =>
  `fakes${/\d+(?=\.safetensors$)/.exec(basename(snapshot))![0]}.png`;

/** How the pictures of a run are made. */
export interface GridSource {
  /** Images in a row. */
  side: number;
  /** Images that are made at once. */
  batch: number;
  imgResolution: number;
  imgChannels: number;
  /** The class of each row; a single undefined one where there are no classes. */
  classes: readonly (number | undefined)[];
  /** The prompt of each row, for a network that takes captions. */
  prompts: readonly string[] | undefined;
  /** Makes images from seeds, [N, H, W, C] in [-1, 1]. @param choice a class or a prompt for each, where there are any */
  make(seeds: readonly number[], choice: Pick<ClassChoice, 'classes' | 'prompts'>): Promise<ArrayLike<number>>;
}

/** The pictures of a one-step generator. @param drawnFrom the labels that it learns */
export function studentGrid(generator: Generator, drawnFrom?: TrainingLabels): GridSource {
  const { imgResolution, imgChannels } = generator;
  const classes = shownClasses(generator, drawnFrom);
  const prompts = shownPrompts(generator, drawnFrom, STUDENT_SIDE);
  const make: GridSource['make'] = (seeds, choice) => generateImages({ generator, seeds, ...choice, drawnFrom });
  return { side: STUDENT_SIDE, batch: STUDENT_SIDE, imgResolution, imgChannels, classes, prompts, make };
}

/** The pictures of a diffusion model, with the EDM sampler. */
export function teacherGrid(denoiser: Denoiser): GridSource {
  const { imgResolution, imgChannels } = denoiser;
  const make: GridSource['make'] = async (seeds, choice) =>
    (await sampleImages({ denoiser, seeds, ...choice, options: { steps: STEPS } })).images;
  const classes = shownClasses(denoiser);
  const prompts = shownPrompts(denoiser, undefined, TEACHER_SIDE);
  return { side: TEACHER_SIDE, batch: TEACHER_BATCH, imgResolution, imgChannels, classes, prompts, make };
}

/** Pictures in a run's folder: the same seeds at every snapshot; with classes or prompts, each row is one of them. */
export class SampleGrids {
  private readonly folder: string;
  private readonly source: GridSource;
  /** The class of each row; undefined where there are no classes. */
  private readonly rows: readonly (number | undefined)[];

  constructor(folder: string, source: GridSource) {
    this.folder = folder;
    this.source = source;
    const { classes, prompts, side } = source;
    const count = prompts?.length ?? side;
    this.rows = classes[0] === undefined ? new Array<undefined>(count).fill(undefined) : classes;
  }

  /** `fakes_init.png`: what the network makes before it is trained. */
  async writeInitial(): Promise<void> {
    await this.write('fakes_init.png', await this.fakes());
    await this.writePrompts();
  }

  /**
   * `fakes{kimg}.png`.
   *
   * @param snapshot path of the snapshot
   * @throws NonFiniteImagesError if the network returns NaN
   */
  async writeSnapshot(snapshot: string): Promise<void> {
    await this.write(pictureOf(snapshot), await this.fakes());
    await this.writePrompts();
  }

  /** `reals.png`: images of the data set; with classes, each row is one class. With captions, `reals.txt` has them in their order. */
  async writeReals(dataset: ImageDataset): Promise<void> {
    const { side } = this.source;
    const order = new Rng(0, 'reals').permutation(dataset.length);
    const rows = this.rows.map((): number[] => []);
    for (const index of order) {
      const label = dataset.classAt(index);
      const hasRows = label !== null && this.rows[0] !== undefined;
      const row = hasRows ? rows[this.rows.indexOf(label)] : rows.find(({ length }) => length < side);
      if (row !== undefined && row.length < side) row.push(index);
      if (rows.every(({ length }) => length === side)) break;
    }
    const images = rows.filter(({ length }) => length > 0).map((row) => row.map((index) => dataset.imageAt(index)));
    await this.write('reals.png', images);
    if (dataset.hasCaptions)
      await this.writeLines(
        REAL_CAPTIONS,
        rows.flat().map((index) => dataset.captionAt(index)),
      );
  }

  /** `fakes.txt`: the prompt of each row. */
  private async writePrompts(): Promise<void> {
    const { prompts } = this.source;
    if (prompts !== undefined) await this.writeLines(ROW_PROMPTS, prompts);
  }

  private async writeLines(name: string, lines: readonly string[]): Promise<void> {
    await writeFileAtomically(join(this.folder, name), lines.map((line) => `${line}\n`).join(''));
  }

  private async fakes(): Promise<Uint8Array[][]> {
    const { side, batch, make, prompts } = this.source;
    const classes = this.rows.flatMap((index) => (index === undefined ? [] : new Array<number>(side).fill(index)));
    const count = this.rows.length * side;
    const images: Uint8Array[] = [];
    for (let start = 0; start < count; start += batch) {
      const seeds = Array.from({ length: Math.min(batch, count - start) }, (_, i) => start + i);
      const pixels = toUint8(
        await make(seeds, {
          classes: classes.length === 0 ? undefined : seeds.map((seed) => classes[seed]!),
          prompts: prompts && seeds.map((seed) => prompts[Math.floor(seed / side)]!),
        }),
      );
      const bytes = pixels.length / seeds.length;
      images.push(...seeds.map((_, i) => pixels.subarray(i * bytes, (i + 1) * bytes)));
    }
    return this.rows.map((_, row) => images.slice(row * side, (row + 1) * side));
  }

  private async write(name: string, rows: Uint8Array[][]): Promise<void> {
    const { imgResolution: size, imgChannels: channels } = this.source;
    await writeCanvas(
      join(this.folder, name),
      drawComparisonGrid([{ title: '', rows }], [], { size, channels, scale: 1 }),
    );
  }
}
