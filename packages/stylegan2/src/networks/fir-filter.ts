import * as tf from '@tensorflow/tfjs-core';
import { Parameter } from '@onestep/nn';

const TAPS = [1, 3, 3, 1];

/** The low-pass filter of all resampling: [1, 3, 3, 1] in both directions, of sum 1. */
export const FIR_FILTER: readonly number[] = TAPS.flatMap((a) => TAPS.map((b) => (a * b) / 64));

/** The buffer `resample_filter` of a layer or block, [4, 4]. */
export function firBuffer(): Parameter {
  return new Parameter(tf.tensor2d([...FIR_FILTER], [4, 4]), { trainable: false });
}
