import { meanOf, type StepStats } from '../training/task.js';

/** What a run does about steps without a valid sample. */
export interface NanOptions {
  /**
   * `stop` (the default) ends a run whose steps have no valid sample any more. `skip` goes on to the end, as the published
   * loops do. With both, single bad steps are survived, and nothing is saved while the networks return NaN.
   */
  onNan?: 'stop' | 'skip';
  /**
   * Steps in a row without a valid sample that end a run. Default: 64. Gradients that are NaN count as 0, so such a step
   * moves the weights by Adam's momentum only, which has fallen to 0.9^64 = 0.1 % of itself by then (with beta1 = 0, as
   * in distillation, at once): the weights stand still, and whatever noise was to blame has been drawn 64 times.
   */
  nanPatience?: number;
}

/** Default of {@link NanOptions.nanPatience}. */
export const NAN_PATIENCE = 64;

/** Counts the steps in a row without a valid sample. */
export class NanWatch {
  private readonly patience: number;
  /** Images seen before the first of these steps. */
  since: number | null = null;
  /** Number of these steps. */
  steps = 0;

  constructor({ nanPatience = NAN_PATIENCE }: NanOptions) {
    this.patience = nanPatience;
  }

  /** Whether the patience has run out. */
  get isOver(): boolean {
    return this.steps >= this.patience;
  }

  /**
   * Adds a step.
   *
   * @param imagesSeen number of images before the step
   * @returns `begins` if it is the first without a valid sample, `ends` if it is the first with one again
   */
  add(stats: StepStats, imagesSeen: number): 'begins' | 'ends' | undefined {
    if (hasValidSample(stats)) {
      const event = this.since === null ? undefined : 'ends';
      this.since = null;
      this.steps = 0;
      return event;
    }
    this.steps += 1;
    if (this.since !== null) return undefined;
    this.since = imagesSeen;
    return 'begins';
  }
}

/**
 * Whether any loss of a step is a number; of a step that reports no losses, any statistic. Tasks name losses so:
 * `Loss/loss`, `G_Loss/loss`.
 */
function hasValidSample(stats: StepStats): boolean {
  const all = Object.entries(stats);
  const losses = all.filter(([name]) => /loss/i.test(name));
  const judged = losses.length > 0 ? losses : all;
  return judged.length === 0 || judged.some(([, value]) => Number.isFinite(meanOf(value)));
}
