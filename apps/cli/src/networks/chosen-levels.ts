import type { StepChoice } from '@onestep/diffusion-core';
import { settleSteps, type RecordedGenerator } from 'onestep';
import { UserError } from '../user-error.js';

/** The options by the names that messages have for them. */
const FLAGS: Record<string, string> = { steps: '--steps', levels: '--levels', initSigma: '--init-sigma' };

/**
 * The noise levels of the steps that were typed.
 *
 * @returns undefined for one step
 * @throws UserError naming the option that does not fit the generator
 */
export function chosenLevels(generator: RecordedGenerator, choice: StepChoice): readonly number[] | undefined {
  try {
    return settleSteps(generator, choice) ?? undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(
      error.message.replace(/`(steps|levels|initSigma)`/g, (_, name: string) => FLAGS[name]!),
      2,
    );
  }
}
