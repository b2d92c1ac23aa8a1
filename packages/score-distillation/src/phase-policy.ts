import type { ScoreOptions } from './options.js';
import type { LabelSource, Phase, PhaseName, ScoreStep } from './score-step.js';

/** What a phase takes from data and from the other phase, with the options of a run. */
export interface PhasePolicy {
  /** Whether it sees real images. */
  real: boolean;
  labels: LabelSource;
  /** Whether a batch is taken from the data for it: for its images, or for their labels only. */
  takesBatch: boolean;
}

/** Resolves the slots of a method that may depend on its options. */
export function phasePolicies<O extends ScoreOptions>(
  step: ScoreStep<O>,
  options: O,
): Readonly<Record<PhaseName, PhasePolicy>> {
  const policy = <I>({ real = false, labels = 'prior' }: Phase<O, I>): PhasePolicy => {
    const seesReal = typeof real === 'function' ? real(options) : real;
    const source = typeof labels === 'function' ? labels(options) : labels;
    return { real: seesReal, labels: source, takesBatch: seesReal || source === 'real' };
  };
  return { fakeScore: policy(step.fakeScore), generator: policy(step.generator) };
}
