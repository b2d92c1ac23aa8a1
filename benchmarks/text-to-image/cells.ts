import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CaptionMeter, measuringCaptions, openDataset, type MeteredCaptions } from '@onestep/datasets';
import { Rng } from '@onestep/random';
import { contentDigest } from 'onestep/node';
import type { Judge, Quality } from '../methods/measure.js';
import type { Maker } from './makers.js';
import type { Settings } from './settings.js';

/** What one network makes of captions, with one scale of guidance. */
export interface Cell {
  name: string;
  /** Name of the network's file. */
  network: string;
  calls: number;
  scale: number | null;
  /** What was measured how: a cell with others is measured again. */
  measured: { network: string; num: number; captions: number; reals: number; split: string };
  detector: string;
  quality: Omit<Quality, 'is'>;
  attributes: MeteredCaptions;
  /** Seconds for an image, on a machine that may have done other things. */
  secondsPerImage: number;
}

/** Seeds of the pictures of which attributes are measured begin here. */
const ATTRIBUTE_SEED = 1_000_000;

/** The result for one maker; null if there is none with these settings. */
export async function readCell(maker: Maker, settings: Settings): Promise<Cell | null> {
  const path = cellPath(maker, settings);
  if (!existsSync(path)) return null;
  const cell = JSON.parse(readFileSync(path, 'utf8')) as Cell;
  return JSON.stringify(cell.measured) === JSON.stringify(await measuredBy(maker, settings)) ? cell : null;
}

/** Measures one maker: FID with the captions of real pictures, and attributes with captions that no data set has. */
export async function runCell(maker: Maker, settings: Settings, judge: Judge): Promise<Cell> {
  const { num, captions: each, data, split } = settings;
  const started = performance.now();
  const opened = await maker.open();
  try {
    const captions = await captionsOf(data!, num);
    const { is: _, ...quality } = await judge.measureImages(async (seeds) => {
      const images = await opened.make(
        seeds,
        seeds.map((seed) => captions[seed]!),
      );
      return Buffer.concat(images.map((image) => image.data));
    });
    const meter = new CaptionMeter();
    const asked = measuringCaptions(each, split);
    const seeds = asked.map((_, i) => ATTRIBUTE_SEED + i);
    for (const [i, { data: pixels }] of (await opened.make(seeds, asked)).entries()) meter.add(pixels, asked[i]!);
    const { name, path, calls, scale } = maker;
    const cell: Cell = {
      ...{ name, network: basename(path), calls, scale },
      measured: await measuredBy(maker, settings),
      detector: judge.detector,
      quality,
      attributes: meter.counts(),
      secondsPerImage: (performance.now() - started) / 1000 / (num + asked.length),
    };
    write(cellPath(maker, settings), cell);
    return cell;
  } finally {
    opened.dispose();
  }
}

/** Captions of pictures of the data set, drawn at random. */
async function captionsOf(data: string, num: number): Promise<string[]> {
  const dataset = await openDataset(data, { useCaptions: true, cacheBytes: 0 });
  try {
    const order = new Rng(0, 'captions').permutation(dataset.length);
    return Array.from({ length: num }, (_, i) => dataset.captionAt(order[i % dataset.length]!));
  } finally {
    dataset.close();
  }
}

async function measuredBy({ path }: Maker, { num, captions, reals, split }: Settings): Promise<Cell['measured']> {
  return { network: await contentDigest(path), num, captions, reals, split };
}

/** A network of another path has cells of its own, so that tables of an earlier snapshot stay. */
function cellPath({ name, path, calls, scale }: Maker, { out }: Settings): string {
  const place = createHash('sha256').update(path).digest('hex').slice(0, 8);
  const guidance = scale === null ? '' : `-guidance-${scale}`;
  return join(out, 'cells', `${name}-${place}-${calls}-calls${guidance}.json`);
}

function write(path: string, cell: Cell): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(`${path}.part`, `${JSON.stringify(cell, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}
