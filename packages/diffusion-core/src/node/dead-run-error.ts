import { RunError } from './run-error.js';

/** What was seen of a run that died, and what it left. */
export interface DeadRun {
  /** Images seen before the first step without a valid sample; null if a check of the networks found it. */
  since: number | null;
  /** Images seen at the end. */
  imagesSeen: number;
  /** Steps in a row without a valid sample. */
  steps: number;
  /** Path of the last training state that is good; null if there is none. */
  state: string | null;
  /** Path of the last snapshot that is good; null if there is none. */
  snapshot: string | null;
}

/** A run whose networks return NaN and nothing else. Its last good training state and snapshot are untouched. */
export class DeadRunError extends RunError {
  override name = 'DeadRunError';
  readonly run: DeadRun;

  constructor(run: DeadRun) {
    super(describeDeadRun(run));
    this.run = run;
  }
}

function describeDeadRun({ since, imagesSeen, steps, state, snapshot }: DeadRun): string {
  const kimg = (images: number) => `${images / 1000} kimg`;
  const seen =
    since === null
      ? `The run has died: at ${kimg(imagesSeen)} its networks return NaN.`
      : `The run has died: from ${kimg(since)} to ${kimg(imagesSeen)}, in ${steps} steps in a row, every sample was NaN.`;
  const left = [
    ...(state === null ? [] : [`The last good training state is ${state}.`]),
    ...(snapshot === null ? [] : [`The last good snapshot is ${snapshot}.`]),
  ];
  return [seen, ...(left.length === 0 ? ['Nothing good had been saved before.'] : left)].join(' ');
}
