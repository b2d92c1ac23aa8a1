import type { RunProgress } from './run-progress.js';

/**
 * When a run reports and saves.
 *
 * @internal
 */
export interface TickScheduleOptions {
  /** Length of the training, in thousands of images. */
  totalKimg: number;
  /** Length of a tick, in thousands of images. */
  tickKimg: number;
  /** Ticks between snapshots; null for a single one at the end. */
  snapshotTicks: number | null;
  /** Further ticks with a snapshot. */
  alsoSnapshotAt?: readonly number[];
  /** Ticks between training states; null for a single one at the end. */
  stateTicks: number | null;
}

/**
 * Decides when a tick, a snapshot and a training state are due. A tick ends after the very first step, then every
 * `tickKimg`, and at the end of the run. The first tick writes no training state.
 */
export class TickSchedule {
  /** Length of the training, in images. */
  readonly totalImages: number;
  private readonly options: TickScheduleOptions;

  constructor(options: TickScheduleOptions) {
    this.options = options;
    this.totalImages = Math.round(options.totalKimg * 1000);
  }

  isDone({ imagesSeen }: RunProgress): boolean {
    return imagesSeen >= this.totalImages;
  }

  isTickDue(progress: RunProgress): boolean {
    const { imagesSeen, tick, tickStart } = progress;
    const { tickKimg } = this.options;
    return imagesSeen > tickStart && (this.isDone(progress) || tick === 0 || imagesSeen >= tickStart + tickKimg * 1000);
  }

  /** Whether the tick that ends now writes a snapshot. */
  isSnapshotDue(progress: RunProgress): boolean {
    const { snapshotTicks, alsoSnapshotAt = [] } = this.options;
    return this.isDone(progress) || isDue(progress.tick, snapshotTicks) || alsoSnapshotAt.includes(progress.tick);
  }

  /** Whether the tick that ends now writes a training state. */
  isStateDue(progress: RunProgress): boolean {
    return this.isDone(progress) || (progress.tick !== 0 && isDue(progress.tick, this.options.stateTicks));
  }
}

function isDue(tick: number, every: number | null): boolean {
  return every !== null && tick % every === 0;
}
