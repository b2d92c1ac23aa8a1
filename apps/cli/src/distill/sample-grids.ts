import { basename, join } from 'node:path';
import type { ImageDataset } from '@onestep/datasets';
import { generateImages, toUint8, type Generator, type TrainingLabels } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { shownClasses } from '../images/class-samples.js';
import { drawComparisonGrid } from '../images/comparison-grid.js';
import { writeCanvas } from '../images/write-canvas.js';

/** Images in a row, and rows where there are no classes. */
const SIDE = 10;

/** Pictures in a run's folder: the same latents at every snapshot; with classes, each row is one class. */
export class SampleGrids {
  private readonly folder: string;
  private readonly generator: Generator;
  private readonly drawnFrom: TrainingLabels | undefined;
  /** The class of each row; undefined where there are no classes. */
  private readonly rows: readonly (number | undefined)[];

  /** @param drawnFrom the labels that the generator learns */
  constructor(folder: string, generator: Generator, drawnFrom?: TrainingLabels) {
    this.folder = folder;
    this.generator = generator;
    this.drawnFrom = drawnFrom;
    const classes = shownClasses(generator, drawnFrom);
    this.rows = classes[0] === undefined ? new Array<undefined>(SIDE).fill(undefined) : classes;
  }

  /** `fakes_init.png`: what the generator makes before it is trained. */
  async writeInitial(): Promise<void> {
    await this.write('fakes_init.png', await this.fakes());
  }

  /** `fakes{kimg}.png`, or `fakes_{tag}_{kimg}.png` where snapshots have a tag. @param snapshot path of the snapshot */
  async writeSnapshot(snapshot: string): Promise<void> {
    const parts = basename(snapshot, '.safetensors')
      .replace('network-snapshot-', '')
      .split(/-(?=\d+$)/);
    await this.write(`fakes${parts.length > 1 ? `_${parts.join('_')}` : parts[0]}.png`, await this.fakes());
  }

  /** `reals.png`: images of the data set; with classes, each row is one class. */
  async writeReals(dataset: ImageDataset): Promise<void> {
    const order = new Rng(0, 'reals').permutation(dataset.length);
    const rows = this.rows.map((): number[] => []);
    for (const index of order) {
      const label = dataset.classAt(index);
      const hasRows = label !== null && this.rows[0] !== undefined;
      const row = hasRows ? rows[this.rows.indexOf(label)] : rows.find(({ length }) => length < SIDE);
      if (row !== undefined && row.length < SIDE) row.push(index);
      if (rows.every(({ length }) => length === SIDE)) break;
    }
    const images = rows.filter(({ length }) => length > 0).map((row) => row.map((index) => dataset.imageAt(index)));
    await this.write('reals.png', images);
  }

  private async fakes(): Promise<Uint8Array[][]> {
    const { generator, drawnFrom } = this;
    const rows: Uint8Array[][] = [];
    for (const [row, classIndex] of this.rows.entries()) {
      const seeds = Array.from({ length: SIDE }, (_, i) => row * SIDE + i);
      const images = toUint8(await generateImages({ generator, seeds, classIndex, drawnFrom }));
      const bytes = images.length / SIDE;
      rows.push(seeds.map((_, i) => images.subarray(i * bytes, (i + 1) * bytes)));
    }
    return rows;
  }

  private async write(name: string, rows: Uint8Array[][]): Promise<void> {
    const { imgResolution: size, imgChannels: channels } = this.generator;
    await writeCanvas(
      join(this.folder, name),
      drawComparisonGrid([{ title: '', rows }], [], { size, channels, scale: 1 }),
    );
  }
}
