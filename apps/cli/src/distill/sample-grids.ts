import { basename, join } from 'node:path';
import type { ImageDataset } from '@onestep/datasets';
import { generateImages, toUint8, type Generator } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { drawComparisonGrid } from '../images/comparison-grid.js';
import { writeCanvas } from '../images/write-canvas.js';

/** Images in a row, and rows where there are no classes. */
const SIDE = 10;
/** Most rows: with more classes, the first ones are shown. */
const MAX_ROWS = 32;

/** Pictures in a run's folder: the same latents at every snapshot; with classes, each row is one class. */
export class SampleGrids {
  private readonly folder: string;
  private readonly generator: Generator;

  constructor(folder: string, generator: Generator) {
    this.folder = folder;
    this.generator = generator;
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
    const rows = Array.from({ length: this.rowCount }, (): number[] => []);
    for (const index of order) {
      const label = dataset.classAt(index);
      const row = label === null ? rows.find(({ length }) => length < SIDE) : rows[label];
      if (row !== undefined && row.length < SIDE) row.push(index);
      if (rows.every(({ length }) => length === SIDE)) break;
    }
    const images = rows.filter(({ length }) => length > 0).map((row) => row.map((index) => dataset.imageAt(index)));
    await this.write('reals.png', images);
  }

  private get rowCount(): number {
    return this.generator.labelDim > 0 ? Math.min(this.generator.labelDim, MAX_ROWS) : SIDE;
  }

  private async fakes(): Promise<Uint8Array[][]> {
    const { generator } = this;
    const rows: Uint8Array[][] = [];
    for (let row = 0; row < this.rowCount; row++) {
      const seeds = Array.from({ length: SIDE }, (_, i) => row * SIDE + i);
      const images = toUint8(
        await generateImages({ generator, seeds, ...(generator.labelDim > 0 && { classIndex: row }) }),
      );
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
