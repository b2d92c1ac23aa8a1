import { LearningSignal, type Denoiser, type Generator } from '@onestep/diffusion-core';
import type { Measured, RunDirectory } from '@onestep/diffusion-core/node';

/** Statistics of the learning signal, and their short names on a line; null for one that is not shown there. */
export const SIGNAL_NAMES: Readonly<Record<string, string | null>> = {
  Learning_signal: 'signal',
  Teacher_correction: null,
};

/**
 * Measures the learning signal of a run at every tick: `Teacher_correction`, how much the teacher corrects the student's
 * images, and `Learning_signal`, the same as a share of its value at the start of the run.
 */
export class SignalMeter {
  private readonly signal: LearningSignal;
  private readonly generator: Generator;
  private start = NaN;
  /** The last value of `Learning_signal`; NaN before the first. */
  last = NaN;

  /** @param batch largest number of images at a time */
  constructor(teacher: Denoiser, generator: Generator, batch: number) {
    this.signal = new LearningSignal(teacher, batch);
    this.generator = generator;
  }

  /** Finds the value at the start: of a run that is resumed, in its statistics. */
  async begin(run: RunDirectory): Promise<void> {
    const ticks = await run.readStats();
    const first = ticks.find((tick) => (tick.Learning_signal?.mean ?? 0) > 0);
    this.last = ticks.findLast((tick) => tick.Learning_signal !== undefined)?.Learning_signal?.mean ?? NaN;
    this.start =
      first === undefined
        ? await this.signal.measure(this.generator)
        : first.Teacher_correction!.mean! / first.Learning_signal!.mean!;
  }

  /** Measures the generator as it is. */
  async measure(): Promise<Measured> {
    const correction = await this.signal.measure(this.generator);
    this.last = correction / this.start;
    return { Teacher_correction: correction, Learning_signal: this.last };
  }
}
