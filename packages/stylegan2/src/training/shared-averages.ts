import * as tf from '@tensorflow/tfjs-core';
import type { Communicator, MicroBatches } from '@onestep/diffusion-core';

/**
 * Running averages that each process moves by its own images, as published: of w, and of path lengths. Those of all processes are
 * averaged after a phase, so that they stay the same everywhere.
 */
export class SharedAverages {
  private readonly averages: Readonly<Record<string, tf.Variable>>;
  private readonly microBatches: MicroBatches;
  private readonly processes: number;

  /** @param communicator left out, this process alone */
  constructor(
    averages: Readonly<Record<string, tf.Variable>>,
    microBatches: MicroBatches,
    communicator: Communicator | undefined,
  ) {
    this.averages = averages;
    this.microBatches = microBatches;
    this.processes = communicator?.size ?? 1;
  }

  /**
   * What a micro-batch of this process adds to the sum over all of them: the averages after the last one, divided by the processes.
   * Empty where there is one process.
   */
  share(index: number): tf.NamedTensorMap {
    if (this.processes === 1) return {};
    const factor = index === this.microBatches.count - 1 ? 1 / this.processes : 0;
    return Object.fromEntries(
      Object.entries(this.averages).map(([name, variable]) => [name, tf.mul(variable, factor)]),
    );
  }

  /** Takes the sums of {@link SharedAverages.share}. */
  assign(sums: tf.NamedTensorMap): void {
    for (const [name, variable] of Object.entries(this.averages)) {
      if (sums[name] !== undefined) variable.assign(tf.add(sums[name], 0));
    }
  }
}
