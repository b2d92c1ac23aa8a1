import * as tf from '@tensorflow/tfjs-core';
import { replayed, type Step } from '@onestep/nn';

/**
 * A training step that works through its batch in so many rounds. A single one is replayed by engines that can; several are
 * computed one after the other, to need the memory of one.
 */
export function stepInRounds<I extends object, O extends tf.NamedTensorMap>(
  rounds: number,
  step: Step<I, O>,
): Step<I, O> {
  return rounds === 1 ? replayed(step) : (inputs) => tf.tidy(() => step(inputs));
}
