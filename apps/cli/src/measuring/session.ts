import type { RunDirectory } from '@onestep/diffusion-core/node';
import { readMeasurements, writeMeasurements, type Measurements } from './measurements.js';
import type { FidPoint } from './score.js';

/** One sitting of a distillation that is measured: what has been measured, over all sittings, and the clock. */
export class Session {
  readonly run: RunDirectory;
  readonly measurements: Measurements;
  private readonly started = performance.now();
  private readonly secondsBefore: number;

  private constructor(run: RunDirectory, measurements: Measurements) {
    this.run = run;
    this.measurements = measurements;
    this.secondsBefore = measurements.seconds;
  }

  /** Goes on with what the run folder holds. */
  static async open(run: RunDirectory): Promise<Session> {
    return new Session(run, await readMeasurements(run.path));
  }

  /** Records something that was measured, at once. */
  async record(found: Partial<Measurements>): Promise<void> {
    Object.assign(this.measurements, found, { seconds: this.seconds });
    await writeMeasurements(this.run.path, this.measurements);
  }

  /** Records a score during training; one measured again after a crash replaces the first. */
  async addPoint(point: FidPoint): Promise<void> {
    const earlier = this.measurements.curve.filter(({ kimg }) => kimg < point.kimg);
    await this.record({ curve: [...earlier, point] });
  }

  /** Wall-clock seconds of all sittings. */
  get seconds(): number {
    return this.secondsBefore + (performance.now() - this.started) / 1000;
  }
}
