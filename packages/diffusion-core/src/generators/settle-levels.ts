import type { Generator } from '../generator.js';
import { isMultiStep } from './multi-step.js';

/** In how many steps a generator makes images: one, unless something else is chosen. */
export interface StepChoice {
  /** Number of steps, one network evaluation each (1). Further steps are for generators that are {@link isMultiStep}. */
  steps?: number;
  /** The noise level of each step, falling from that of the latents. Left out, the generator's own levels for `steps`. */
  levels?: readonly number[];
}

/**
 * Finds the noise levels of a generator's steps.
 *
 * @returns null for one step, which needs no levels
 * @throws RangeError naming what does not fit the generator or the rest of the choice
 */
export function settleLevels(generator: Generator, choice: StepChoice): readonly number[] | null {
  const { levels } = choice;
  const steps = choice.steps ?? levels?.length ?? 1;
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`\`steps\` must be an integer from 1, not ${steps}.`);
  if (levels !== undefined && levels.length !== steps) {
    throw new RangeError(
      `There are ${levels.length} levels for ${steps} steps: choose one level for each step, or leave out \`steps\`.`,
    );
  }
  if (!isMultiStep(generator)) {
    if (steps === 1 && levels === undefined) return null;
    throw new RangeError('This generator makes images in one step only: leave out `steps` and `levels`.');
  }
  if (levels !== undefined) checkLevels(levels, generator.noiseLevels(1)[0]!);
  return steps === 1 ? null : (levels ?? generator.noiseLevels(steps));
}

function checkLevels(levels: readonly number[], first: number): void {
  const wrong = levels.findIndex((level, i) => !(level > 0 && level < Infinity && (i === 0 || level < levels[i - 1]!)));
  if (wrong !== -1) {
    throw new RangeError(
      `The \`levels\` ${levels.join(',')} must be numbers above 0 that fall, and ${levels[wrong]} does not.`,
    );
  }
  if (levels[0] === first) return;
  throw new RangeError(
    `The first of the \`levels\` ${levels.join(',')} must be ${first}, the noise level of the generator's input, which \`initSigma\` sets.`,
  );
}
