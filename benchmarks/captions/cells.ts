import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onestep, readTicks, snapshotOf } from '../methods/distill.js';
import { measureBinding, SPLIT, type Binding } from './measure.js';
import type { Encoder, Settings } from './settings.js';

/** One network, after some thousand images. */
export interface Cell {
  encoder: string;
  seed: number;
  kimg: number;
  binding: Binding;
  /** Seconds of training steps so far, whatever else the machine did. */
  seconds: number;
}

/** Pictures to train with. */
const PICTURES = 20_000;
/**
 * The training, equal for all encoders: of a network that can draw and has yet to learn what captions say, since the weights that
 * read them are new with either encoder.
 */
const TRAINING = [
  ...['--cond', 'captions', '--cond-dropout', '0.1', '--preset', 'small', '--cbase', '32', '--cres', '1,1,2,3'],
  ...['--batch', '32', '--lr', '1e-3', '--lr-ramp', '2', '--ema', '0.004', '--dropout', '0', '--augment', '0'],
  ...['--P-mean', '0.4', '--P-std', '1.4', '--transfer', 'apps/web/assets/models/shapes-teacher.safetensors'],
];

/** The result of an encoder after some thousand images; null if there is none on this number of captions. */
export function readCell(encoder: Encoder, seed: number, kimg: number, settings: Settings): Cell | null {
  const path = cellPath(encoder, seed, kimg, settings);
  if (!existsSync(path)) return null;
  const cell = JSON.parse(readFileSync(path, 'utf8')) as Cell;
  return cell.binding.num === settings.num ? cell : null;
}

/** Trains a network up to a point, from where it was stopped, and measures it. */
export async function runCell(encoder: Encoder, seed: number, kimg: number, settings: Settings): Promise<Cell> {
  const folder = runFolder(encoder, seed, settings);
  const data = join(settings.out, `${SPLIT}.zip`);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(data)) {
    await onestep(['dataset', 'shapes', '--dest', data, '--split', SPLIT, '--num', String(PICTURES)]);
  }
  if (!existsSync(snapshotOf(folder, kimg))) {
    await onestep([
      ...['edm', 'train', '--data', data, '--caption-slots', String(encoder.slots), ...TRAINING],
      ...['--outdir', folder, '--nosubdir', '--seed', String(seed), '--duration', String(kimg / 1000)],
      ...['--tick', '1', '--snap', '5', '--dump', '1', '--pictures', '0'],
    ]);
  }
  const ticks = readTicks(folder).filter((tick) => tick.kimg <= kimg + 0.5);
  const cell: Cell = {
    encoder: encoder.name,
    seed,
    kimg,
    binding: await measureBinding(snapshotOf(folder, kimg), settings.num),
    seconds: Math.round(ticks.reduce((sum, tick) => sum + tick.seconds, 0)),
  };
  writeFileSync(cellPath(encoder, seed, kimg, settings), `${JSON.stringify(cell, null, 2)}\n`);
  return cell;
}

function runFolder({ name }: Encoder, seed: number, { out }: Settings): string {
  return join(out, name, `seed-${seed}`);
}

function cellPath(encoder: Encoder, seed: number, kimg: number, settings: Settings): string {
  return join(runFolder(encoder, seed, settings), `cell-${kimg}.json`);
}
