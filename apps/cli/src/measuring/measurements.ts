import { join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { readJson } from '../read-json.js';
import type { FidPoint, Score } from './score.js';

/** What a run has measured so far; kept in its folder, so that nothing is measured twice after a stop. */
export interface Measurements {
  /** The teacher with the EDM sampler, and its images per second. */
  teacher?: Score & { imagesPerSecond: number };
  /** The student before training. */
  before?: Score;
  /** Student scores during training, in order. */
  curve: FidPoint[];
  /** Wall-clock seconds so far, over all sittings. */
  seconds: number;
}

const fileOf = (folder: string) => join(folder, 'measurements.json');

/** Reads the measurements of a run folder; none if the run is new. */
export async function readMeasurements(folder: string): Promise<Measurements> {
  return (await readJson<Measurements>(fileOf(folder), ['curve', 'seconds'])) ?? { curve: [], seconds: 0 };
}

/** Writes the measurements into a run folder. */
export async function writeMeasurements(folder: string, measurements: Measurements): Promise<void> {
  await writeFileAtomically(fileOf(folder), `${JSON.stringify(measurements, null, 2)}\n`);
}
