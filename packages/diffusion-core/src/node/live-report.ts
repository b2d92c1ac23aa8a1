import { meanOf, type StepStats } from '../training/task.js';

/** Report of a step. */
export interface StepReport {
  imagesSeen: number;
  /** Length of the training, in images. */
  totalImages: number;
  /** Seconds per thousand images, smoothed over the last steps. */
  secondsPerKimg: number;
  /** Estimated seconds to the end of the training. */
  secondsLeft: number;
  /** Means, smoothed over the last steps. */
  stats: Record<string, number>;
}

/** Weight of the past in the moving averages. */
const SMOOTHING = 0.95;

/** Smooths the numbers of a progress line over the last steps of this process. */
export class LiveReport {
  private readonly totalImages: number;
  private stats: Record<string, number> = {};
  private secondsPerImage: number | null = null;

  constructor(totalImages: number) {
    this.totalImages = totalImages;
  }

  /**
   * Adds a step.
   *
   * @param imagesSeen number of images after the step
   * @param images number of images in the step
   */
  addStep(imagesSeen: number, stats: StepStats, images: number, seconds: number): StepReport {
    for (const [name, value] of Object.entries(stats)) {
      this.stats[name] = smooth(this.stats[name] ?? null, meanOf(value));
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

/** A step whose value is NaN or infinite shows as such, and the average begins again after it. */
function smooth(average: number | null, value: number): number {
  return average === null || !Number.isFinite(average) ? value : SMOOTHING * average + (1 - SMOOTHING) * value;
}
