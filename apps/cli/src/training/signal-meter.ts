import {
  chooseSignal,
  type Denoiser,
  type Generator,
  type StudentSignal,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import type { Measured, RunDirectory } from '@onestep/diffusion-core/node';

/** What the learning signal is a share of, by the name of its statistic: in one sentence, for people. */
export const SIGNALS: Readonly<Record<string, string>> = {
  Teacher_correction: "How much the teacher corrects the student's images, as a share of its correction at the start.",
  Path_distance:
    "How far the student's images are from those that the teacher makes of the same noise in several steps, as a share of the distance at the start.",
};

/** Statistics of the learning signal, and their short names on a line; null for one that is not shown there. */
export const SIGNAL_NAMES: Readonly<Record<string, string | null>> = {
  Learning_signal: 'signal',
  ...Object.fromEntries(Object.keys(SIGNALS).map((name) => [name, null])),
};

/**
 * Measures the learning signal of a run at every tick: `Teacher_correction` or `Path_distance` (see `chooseSignal`), and
 * `Learning_signal`, the same as a share of its value at the start of the run.
 */
export class SignalMeter {
  private readonly teacher: Denoiser;
  private readonly generator: Generator;
  private readonly batch: number;
  private readonly labels: TrainingLabels | undefined;
  private signal: StudentSignal;
  private start = NaN;
  /** The last value of `Learning_signal`; NaN before the first. */
  last = NaN;

  /**
   * @param batch largest number of images at a time
   * @param labels that the student learns; left out, those in the teacher's file
   */
  constructor(teacher: Denoiser, generator: Generator, batch: number, labels?: TrainingLabels) {
    this.teacher = teacher;
    this.generator = generator;
    this.batch = batch;
    this.labels = labels;
    this.signal = chooseSignal(teacher, generator, { batch, labels });
  }

  /**
   * Finds the value at the start: of a run that is resumed, in its statistics.
   *
   * @throws the signal's reason if it fires
   */
  async begin(run: RunDirectory, signal: AbortSignal): Promise<void> {
    const ticks = await run.readStats();
    const first = ticks.find((tick) => (tick.Learning_signal?.mean ?? 0) > 0);
    this.last = ticks.findLast((tick) => tick.Learning_signal !== undefined)?.Learning_signal?.mean ?? NaN;
    if (first === undefined) {
      this.start = await this.signal.measure(this.generator, signal);
      return;
    }
    // A run goes on with what it began with.
    const statistic = Object.keys(SIGNALS).find((name) => name in first)!;
    this.signal = chooseSignal(this.teacher, this.generator, { batch: this.batch, statistic, labels: this.labels });
    this.start = first[statistic]!.mean! / first.Learning_signal!.mean!;
  }

  /** Measures the generator as it is. @throws the signal's reason if it fires */
  async measure(signal: AbortSignal): Promise<Measured> {
    const value = await this.signal.measure(this.generator, signal);
    this.last = value / this.start;
    return { [this.signal.statistic]: value, Learning_signal: this.last };
  }
}
