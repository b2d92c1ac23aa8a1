import {
  checkImageBatch,
  fromUint8,
  type Augmentation,
  type ImageBatchSource,
  type Share,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import type { ScoreDraws } from './draws.js';
import type { ScoreOptions } from './options.js';
import type { RealBatch } from './phase-inputs.js';
import type { PhasePolicy } from './phase-policy.js';

/** Takes the batches of real images that the phases see, and augments them on the host. */
export class RealBatches<O extends ScoreOptions> {
  private readonly data: ImageBatchSource;
  private readonly generator: TrainableGenerator;
  private readonly batch: number;
  private readonly augmentation: Augmentation | null;
  private readonly rows: Share;

  /** @param rows the images of a batch that are needed */
  constructor(
    data: ImageBatchSource,
    generator: TrainableGenerator,
    { batch }: O,
    augmentation: Augmentation | null,
    rows: Share,
  ) {
    this.data = data;
    this.generator = generator;
    this.batch = batch;
    this.augmentation = augmentation;
    this.rows = rows;
  }

  /**
   * Takes the batch of a phase.
   *
   * @returns undefined if the phase takes none
   * @throws RangeError if the images are not such as the student's
   */
  async next({ real, takesBatch }: PhasePolicy, random: ScoreDraws<O>): Promise<RealBatch | undefined> {
    if (!takesBatch) return undefined;
    const batch = await this.data.next(this.rows);
    checkImageBatch(batch, this.generator, this.batch);
    if (!real || this.augmentation === null) return { batch };
    const { imgResolution: size, imgChannels: channels } = this.generator;
    const pixels = fromUint8(batch.images);
    return { batch, augmented: { pixels, labels: random.augment({ pixels, size, channels, rows: this.rows }) } };
  }

  state(): unknown {
    return this.data.state();
  }

  restore(state: unknown): void {
    this.data.restore(state);
  }
}
