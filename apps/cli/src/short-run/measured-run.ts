import { join } from 'node:path';
import { ALONE, onFirstRank, type Communicator } from '@onestep/diffusion-core';
import type { TrainingRun } from '@onestep/diffusion-core/node';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import type { Score } from '../evaluation/scores.js';
import { readJson } from '../read-json.js';
import { formatDuration, formatNumber } from '../terminal/format.js';

/** Score of a student during training. */
export interface CurvePoint extends Score {
  /** Thousands of images that the student has been trained on. */
  kimg: number;
  /** Seconds of training so far, without measuring. */
  seconds: number;
}

/** Contents of `measurements.json`: everything that a run has measured so far. */
export interface Measurements {
  /** The teacher with the EDM sampler. */
  teacher?: Score & { imagesPerSecond: number };
  /** The student before training. */
  before?: Score;
  /** The student during training, in order. */
  curve: CurvePoint[];
  /** Wall-clock seconds so far, over all sessions. */
  seconds: number;
}

/** A distillation that is measured along the way. What is measured is saved at once, so that nothing is measured twice. */
export class MeasuredRun {
  readonly folder: TrainingRun;
  readonly measurements: Measurements;
  private readonly started = performance.now();
  private readonly secondsBefore: number;

  private constructor(
    folder: TrainingRun,
    measurements: Measurements,
    private readonly communicator: Communicator,
  ) {
    this.folder = folder;
    this.measurements = measurements;
    this.secondsBefore = measurements.seconds;
  }

  /**
   * Opens the measurements in a run folder, or begins with none.
   *
   * @param communicator the processes that share the run; process 0 reads and writes the file
   * @throws UserError if the file is damaged
   */
  static async open(folder: TrainingRun, communicator: Communicator = ALONE): Promise<MeasuredRun> {
    const path = join(folder.path, 'measurements.json');
    const measurements = await onFirstRank(communicator, () => readJson<Measurements>(path, ['curve', 'seconds']));
    return new MeasuredRun(folder, measurements ?? { curve: [], seconds: 0 }, communicator);
  }

  /** Saves new measurements, and the wall-clock time. */
  async record(found: Partial<Measurements>): Promise<void> {
    Object.assign(this.measurements, found, { seconds: this.seconds });
    const text = JSON.stringify(this.measurements, null, 2);
    const path = join(this.folder.path, 'measurements.json');
    await onFirstRank(this.communicator, () => writeFileAtomically(path, `${text}\n`));
  }

  /** Saves a point of the curve. A point that was measured before a crash, and is measured again, is replaced. */
  async addPoint(point: CurvePoint): Promise<void> {
    const earlier = this.measurements.curve.filter(({ kimg }) => kimg < point.kimg);
    await this.record({ curve: [...earlier, point] });
  }

  /** Wall-clock seconds of all sessions. */
  get seconds(): number {
    return this.secondsBefore + (performance.now() - this.started) / 1000;
  }
}

/** A point of the curve as a line of the log: `   1.7 kimg    24 s  FID 2.31`. */
export function pointText({ kimg, seconds, fid }: CurvePoint): string {
  return `${kimg.toFixed(1).padStart(6)} kimg  ${formatDuration(seconds).padStart(6)}  FID ${formatNumber(fid)}`;
}
