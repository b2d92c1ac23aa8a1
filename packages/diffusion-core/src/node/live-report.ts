import type { StepStats } from '../training/task.js';

/** Where a run stands after a step. */
export interface StepReport {
  imagesSeen: number;
  totalImages: number;
  secondsPerKimg: number;
  secondsLeft: number;
  /** Means, smoothed over the last steps. */
  stats: Record<string, number>;
}

/** Share of the past in the smoothed numbers. */
const SMOOTHING = 0.95;

/** The numbers of a progress line: what this process has measured lately. */
export class LiveReport {
  private readonly totalImages: number;
  private stats: Record<string, number> = {};
  private secondsPerImage: number | null = null;

  constructor(totalImages: number) {
    this.totalImages = totalImages;
  }

  after(imagesSeen: number, stats: StepStats, images: number, seconds: number): StepReport {
    for (const [name, value] of Object.entries(stats)) {
      this.stats[name] = smooth(this.stats[name] ?? null, typeof value === 'number' ? value : value.mean);
    }
    this.secondsPerImage = smooth(this.secondsPerImage, seconds / images);
    return {
      imagesSeen,
      totalImages: this.totalImages,
      secondsPerKimg: this.secondsPerImage * 1000,
      secondsLeft: this.secondsPerImage * Math.max(this.totalImages - imagesSeen, 0),
      stats: { ...this.stats },
    };
  }
}

function smooth(average: number | null, value: number): number {
  return average === null || Number.isNaN(average) ? value : SMOOTHING * average + (1 - SMOOTHING) * value;
}
